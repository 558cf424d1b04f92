//! What the server remembers: one SQLite database, written by one connection.
//!
//! A write is acknowledged only after its transaction is on disk (write-ahead log, full synchronisation), so
//! whatever a client was told has happened is still there after the process was killed at any moment.

pub(crate) mod agents;
pub(crate) mod answers;
pub(crate) mod challenges;
pub(crate) mod counters;
pub(crate) mod facilitator;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod payments;
pub(crate) mod receipts;
pub(crate) mod replays;

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use leash_identity::Network;
use rusqlite::{Connection, OpenFlags, Row, Transaction, TransactionBehavior};
use ulid::Ulid;

use crate::{
    clock::{self, Ticks},
    js::Text,
};

/// The tables' version, in SQLite's `user_version`.
const VERSION: i64 = 2;

/// The database.
#[derive(Debug)]
pub(crate) struct Store(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    connection: Connection,
    ticks: Ticks,
}

/// Why a database can't be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// SQLite says no.
    Sqlite(rusqlite::Error),
    /// A later version of this program wrote it.
    Later(i64),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Later(version) => {
                write!(f, "it was written by a later version (its tables are version {version})")
            }
        }
    }
}

impl Store {
    /// Opens a database, and makes it where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        // Another process may write for a moment: `leash sandbox agent add` while the server runs.
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match version {
            0 => {
                transaction.execute_batch(include_str!("tables.sql"))?;
                transaction.execute_batch(include_str!("selling.sql"))?;
            }
            1 => transaction.execute_batch(include_str!("selling.sql"))?,
            VERSION => {}
            later => return Err(OpenError::Later(later)),
        }
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        Ok(Self(Mutex::new(Inner { connection, ticks: Ticks::default() })))
    }

    /// Reads.
    pub(crate) fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        read(&self.lock().connection)
    }

    /// Writes, all or nothing: where `write` fails or panics, nothing has happened.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        write: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut inner = self.lock();
        let now = inner.ticks.next();
        let transaction = inner.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = write(&Write { transaction: &transaction, now })?;
        transaction.commit()?;
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A handler that panicked has left nothing behind: its transaction was rolled back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write in progress, and its moment, which no other write has.
pub(crate) struct Write<'a> {
    transaction: &'a Transaction<'a>,
    /// The moment, in milliseconds.
    pub(crate) now: i64,
}

impl std::ops::Deref for Write<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.transaction
    }
}

impl Write<'_> {
    /// The moment as the API writes it.
    pub(crate) fn iso(&self) -> String {
        clock::iso(self.now)
    }

    /// A new identifier. Those of later writes sort later.
    pub(crate) fn id(&self) -> Result<String, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        let moment = u64::try_from(self.now).unwrap_or(0);
        Ok(Ulid::from_parts(moment, u128::from_ne_bytes(random)).to_string())
    }
}

/// A string as the database of the original keeps it: up to the first NUL.
pub(crate) fn stored(text: &Text) -> String {
    let mut text = text.to_lossy();
    if let Some(end) = text.find('\0') {
        text.truncate(end);
    }
    text
}

/// The network that a column names.
fn network(row: &Row<'_>, column: usize) -> rusqlite::Result<Network> {
    let name: String = row.get(column)?;
    Network::parse(&name).ok_or(rusqlite::Error::InvalidColumnType(column, name, rusqlite::types::Type::Text))
}
