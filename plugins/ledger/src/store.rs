//! What the ledger keeps, in SQLite: accounts, transactions, and who it is.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use solana_account::Account;
use solana_address::Address;

use crate::Error;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS accounts (
  address BLOB PRIMARY KEY, lamports INTEGER NOT NULL, owner BLOB NOT NULL, executable INTEGER NOT NULL,
  data BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transactions (
  number INTEGER PRIMARY KEY, signature TEXT NOT NULL UNIQUE, slot INTEGER NOT NULL, time INTEGER NOT NULL,
  error TEXT, meta TEXT NOT NULL, wire BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS parties (
  address BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (address, number)) STRICT, WITHOUT ROWID;
";

/// A transaction that landed.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) signature: String,
    pub(crate) slot: u64,
    pub(crate) time: i64,
    /// Its error as JSON, where it failed.
    pub(crate) error: Option<String>,
    pub(crate) meta: String,
    pub(crate) wire: Vec<u8>,
}

/// The file.
#[derive(Debug)]
pub(crate) struct Store {
    file: Connection,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = Connection::open(path)?;
        file.pragma_update(None, "journal_mode", "WAL")?;
        // What was answered survives the machine's power too.
        file.pragma_update(None, "synchronous", "FULL")?;
        file.execute_batch(SCHEMA)?;
        Ok(Self { file })
    }

    pub(crate) fn fact(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let mut query = self.file.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?)
    }

    pub(crate) fn set_facts(&mut self, facts: &[(&str, &[u8])]) -> Result<(), Error> {
        let work = self.file.transaction()?;
        for (name, value) in facts {
            work.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?1, ?2)", params![name, value])?;
        }
        Ok(work.commit()?)
    }

    pub(crate) fn accounts(&self) -> Result<Vec<(Address, Account)>, Error> {
        let mut query =
            self.file.prepare("SELECT address, lamports, owner, executable, data FROM accounts")?;
        let rows = query.query_map([], |row| {
            Ok((
                row.get::<_, [u8; 32]>(0)?,
                Account {
                    lamports: row.get::<_, i64>(1)?.cast_unsigned(),
                    owner: row.get::<_, [u8; 32]>(2)?.into(),
                    executable: row.get(3)?,
                    data: row.get(4)?,
                    rent_epoch: u64::MAX,
                },
            ))
        })?;
        rows.map(|row| row.map(|(address, account)| (address.into(), account)).map_err(Error::from)).collect()
    }

    /// Keeps what a transaction did, all of it or nothing.
    pub(crate) fn keep(
        &mut self,
        kept: Option<&Kept>,
        accounts: &[(Address, Option<Account>)],
        highest: u64,
    ) -> Result<(), Error> {
        let work = self.file.transaction()?;
        for (address, account) in accounts {
            let key = address.as_array();
            match account {
                Some(account) => work.execute(
                    "INSERT OR REPLACE INTO accounts (address, lamports, owner, executable, data)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        key,
                        account.lamports.cast_signed(),
                        account.owner.as_array(),
                        account.executable,
                        account.data
                    ],
                )?,
                None => work.execute("DELETE FROM accounts WHERE address = ?1", [key])?,
            };
        }
        if let Some(kept) = kept {
            work.execute(
                "INSERT INTO transactions (signature, slot, time, error, meta, wire)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![kept.signature, kept.slot.cast_signed(), kept.time, kept.error, kept.meta, kept.wire],
            )?;
            let number = work.last_insert_rowid();
            for (address, _) in accounts {
                work.execute(
                    "INSERT OR IGNORE INTO parties VALUES (?1, ?2)",
                    params![address.as_array(), number],
                )?;
            }
        }
        work.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES ('highest', ?1)",
            [highest.to_be_bytes()],
        )?;
        Ok(work.commit()?)
    }

    pub(crate) fn transaction(&self, signature: &str) -> Result<Option<Kept>, Error> {
        let mut query = self.file.prepare_cached(
            "SELECT signature, slot, time, error, meta, wire FROM transactions WHERE signature = ?1",
        )?;
        Ok(query.query_row([signature], kept).optional()?)
    }

    /// The transactions that named an address, newest first: those older than `before` and newer than `until`, where these
    /// are known.
    pub(crate) fn of_party(
        &self,
        address: &Address,
        before: Option<&str>,
        until: Option<&str>,
        most: u32,
    ) -> Result<Vec<Kept>, Error> {
        let below = before.map(|before| self.number_of(before)).transpose()?.flatten().unwrap_or(i64::MAX);
        let above = until.map(|until| self.number_of(until)).transpose()?.flatten().unwrap_or(0);
        let mut query = self.file.prepare_cached(
            "SELECT signature, slot, time, error, meta, wire FROM parties JOIN transactions USING (number)
             WHERE address = ?1 AND number < ?2 AND number > ?3 ORDER BY number DESC LIMIT ?4",
        )?;
        let rows = query.query_map(params![address.as_array(), below, above, most], kept)?;
        rows.map(|row| row.map_err(Error::from)).collect()
    }

    fn number_of(&self, signature: &str) -> Result<Option<i64>, Error> {
        let mut query = self.file.prepare_cached("SELECT number FROM transactions WHERE signature = ?1")?;
        Ok(query.query_row([signature], |row| row.get(0)).optional()?)
    }
}

fn kept(row: &rusqlite::Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        signature: row.get(0)?,
        slot: row.get::<_, i64>(1)?.cast_unsigned(),
        time: row.get(2)?,
        error: row.get(3)?,
        meta: row.get(4)?,
        wire: row.get(5)?,
    })
}
