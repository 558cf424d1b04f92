//! Challenges of MPP: what a buyer was asked to pay, and whether that was paid.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Write;

/// For so long a challenge can be paid, in milliseconds.
pub(crate) const LIFETIME: i64 = 5 * 60 * 1000;
/// For so long it may take from the payment to its account, in milliseconds; until then it isn't forgotten.
const GRACE: i64 = 5 * 60 * 1000;
/// For so long it is known that it was, so that a lost answer can be given again.
const KEPT: i64 = 24 * 60 * 60 * 1000;
/// So many are kept that were not paid.
const CAPACITY: u32 = 10_000;

/// A challenge.
#[derive(Debug, Clone)]
pub(crate) struct Challenge {
    /// Its name.
    pub(crate) id: String,
    /// The network of its link.
    pub(crate) network: Network,
    /// Its link.
    pub(crate) link_id: String,
    /// All of it, as JSON.
    pub(crate) document: String,
    /// When it was issued, in milliseconds.
    pub(crate) issued: i64,
    /// The transaction that paid it.
    pub(crate) consumed_by: Option<String>,
}

/// Keeps a new challenge, and forgets those that are too old.
pub(crate) fn add(write: &Write<'_>, challenge: &Challenge) -> rusqlite::Result<()> {
    write.execute(
        "DELETE FROM challenges WHERE (consumed_by IS NULL AND issued < ?1) OR issued < ?2
           OR id IN (SELECT id FROM challenges WHERE consumed_by IS NULL ORDER BY issued DESC LIMIT -1 OFFSET ?3)",
        params![write.now - LIFETIME - GRACE, write.now - KEPT, CAPACITY - 1],
    )?;
    write.execute(
        "INSERT INTO challenges (id, network, link_id, document, issued) VALUES (?, ?, ?, ?, ?)",
        params![
            challenge.id,
            challenge.network.as_str(),
            challenge.link_id,
            challenge.document,
            challenge.issued
        ],
    )?;
    Ok(())
}

/// The challenge of this name.
pub(crate) fn get(database: &Connection, id: &str) -> rusqlite::Result<Option<Challenge>> {
    database
        .prepare_cached(
            "SELECT id, network, link_id, document, issued, consumed_by FROM challenges WHERE id = ?",
        )?
        .query_row([id], |row| {
            Ok(Challenge {
                id: row.get(0)?,
                network: super::network(row, 1)?,
                link_id: row.get(2)?,
                document: row.get(3)?,
                issued: row.get(4)?,
                consumed_by: row.get(5)?,
            })
        })
        .optional()
}

/// Notes by which transaction it was paid.
pub(crate) fn consume(write: &Write<'_>, id: &str, tx_sig: &str) -> rusqlite::Result<()> {
    write.execute(
        "UPDATE challenges SET consumed_by = ? WHERE id = ? AND consumed_by IS NULL",
        params![tx_sig, id],
    )?;
    Ok(())
}
