//! Receipts that were published.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};

use super::Write;

/// A receipt, and what is looked up in it.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    /// Its hash, as its publisher gave it.
    pub(crate) hash: String,
    /// The network of the key that published it.
    pub(crate) network: Network,
    /// Whose it is.
    pub(crate) agent: String,
    /// Its place in the agent's chain.
    pub(crate) nonce: f64,
    /// `allow`, `deny` or `rejected`.
    pub(crate) decision: String,
    /// `spend` or `earn`.
    pub(crate) kind: String,
    /// The transaction that settled it.
    pub(crate) tx_sig: Option<String>,
    /// What was asked to be paid.
    pub(crate) payment_requirements_hash: Option<String>,
    /// All of it, as JSON.
    pub(crate) raw: String,
    /// When it came.
    pub(crate) ingested_at: String,
}

const COLUMNS: &str = "receipt_hash, network, agent, nonce, decision, kind, tx_sig, payment_requirements_hash, raw, ingested_at";

fn receipt(row: &Row<'_>) -> rusqlite::Result<Receipt> {
    Ok(Receipt {
        hash: row.get(0)?,
        network: super::network(row, 1)?,
        agent: row.get(2)?,
        nonce: row.get(3)?,
        decision: row.get(4)?,
        kind: row.get(5)?,
        tx_sig: row.get(6)?,
        payment_requirements_hash: row.get(7)?,
        raw: row.get(8)?,
        ingested_at: row.get(9)?,
    })
}

/// Keeps a receipt; false where one of its hash is there.
pub(crate) fn add(write: &Write<'_>, receipt: &Receipt) -> rusqlite::Result<bool> {
    let added = write
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO receipts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ))?
        .execute(params![
            receipt.hash,
            receipt.network.as_str(),
            receipt.agent,
            receipt.nonce,
            receipt.decision,
            receipt.kind,
            receipt.tx_sig,
            receipt.payment_requirements_hash,
            receipt.raw,
            receipt.ingested_at
        ])?;
    Ok(added > 0)
}

/// The receipt of this hash.
pub(crate) fn by_hash(
    database: &Connection,
    network: Network,
    hash: &str,
) -> rusqlite::Result<Option<Receipt>> {
    database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM receipts WHERE network = ? AND receipt_hash = ?"))?
        .query_row(params![network.as_str(), hash], receipt)
        .optional()
}

/// An agent's receipts, newest first, from behind a cursor (moment and hash) on.
pub(crate) fn list(
    database: &Connection,
    network: Network,
    agent: &str,
    kind: Option<&str>,
    cursor: Option<(&str, &str)>,
    limit: u32,
) -> rusqlite::Result<Vec<Receipt>> {
    let mut sql = format!("SELECT {COLUMNS} FROM receipts WHERE network = ? AND agent = ?");
    let network = network.as_str();
    let mut values: Vec<&dyn ToSql> = vec![&network, &agent];
    if let Some(kind) = &kind {
        sql.push_str(" AND kind = ?");
        values.push(kind);
    }
    if let Some((moment, hash)) = &cursor {
        sql.push_str(" AND (ingested_at, receipt_hash) < (?, ?)");
        values.extend([moment as &dyn ToSql, hash]);
    }
    sql.push_str(" ORDER BY ingested_at DESC, receipt_hash DESC LIMIT ?");
    values.push(&limit);
    database.prepare_cached(&sql)?.query_map(&values[..], receipt)?.collect()
}
