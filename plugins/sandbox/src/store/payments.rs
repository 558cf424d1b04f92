//! Payments: noted before their transaction is sent, so that whatever landed is accounted for.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Write;

/// For so long the seller's answer is kept, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// A payment.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    /// Its transaction.
    pub(crate) tx_sig: String,
    /// What it was given for, hashed.
    pub(crate) purpose: String,
    /// The link that was paid.
    pub(crate) link: Option<(Network, String)>,
    /// The challenge that was paid, where there was one.
    pub(crate) challenge_id: Option<String>,
    /// Who paid.
    pub(crate) payer: String,
    /// What was demanded, as JSON.
    pub(crate) terms: String,
    /// The receipt without its place in the chain, as JSON.
    pub(crate) draft: Option<String>,
    /// The receipt's hash, once it was settled.
    pub(crate) receipt_hash: Option<String>,
    /// The receipt, as JSON.
    pub(crate) receipt: Option<String>,
    /// What the seller answered.
    pub(crate) answer: Option<Kept>,
    /// When it was noted, in milliseconds.
    pub(crate) sent: i64,
}

/// What the seller answered.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// The status.
    pub(crate) status: u16,
    /// The media type.
    pub(crate) content_type: String,
    /// Further headers: a JSON object.
    pub(crate) headers: String,
    /// The body; none where it is no longer kept.
    pub(crate) body: Option<Vec<u8>>,
}

const COLUMNS: &str = "tx_sig, purpose, network, link_id, challenge_id, payer, terms, draft, receipt_hash, receipt, status, \
     content_type, headers, body, sent";

fn payment(row: &Row<'_>) -> rusqlite::Result<Payment> {
    let link: Option<String> = row.get(3)?;
    let status: Option<u16> = row.get(10)?;
    Ok(Payment {
        tx_sig: row.get(0)?,
        purpose: row.get(1)?,
        link: link.map(|id| Ok::<_, rusqlite::Error>((super::network(row, 2)?, id))).transpose()?,
        challenge_id: row.get(4)?,
        payer: row.get(5)?,
        terms: row.get(6)?,
        draft: row.get(7)?,
        receipt_hash: row.get(8)?,
        receipt: row.get(9)?,
        answer: status
            .map(|status| {
                Ok::<_, rusqlite::Error>(Kept {
                    status,
                    content_type: row.get(11)?,
                    headers: row.get(12)?,
                    body: row.get(13)?,
                })
            })
            .transpose()?,
        sent: row.get(14)?,
    })
}

/// The payment by this transaction.
pub(crate) fn get(database: &Connection, tx_sig: &str) -> rusqlite::Result<Option<Payment>> {
    database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM payments WHERE tx_sig = ?"))?
        .query_row([tx_sig], payment)
        .optional()
}

/// Writes a payment down, in the place of what was there of it. Answers that are too old are dropped.
pub(crate) fn put(write: &Write<'_>, payment: &Payment) -> rusqlite::Result<()> {
    write
        .execute("UPDATE payments SET body = NULL WHERE sent < ? AND body IS NOT NULL", [write.now - KEPT])?;
    let answer = payment.answer.as_ref();
    write
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO payments ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ))?
        .execute(params![
            payment.tx_sig,
            payment.purpose,
            payment.link.as_ref().map(|(network, _)| network.as_str()),
            payment.link.as_ref().map(|(_, id)| id),
            payment.challenge_id,
            payment.payer,
            payment.terms,
            payment.draft,
            payment.receipt_hash,
            payment.receipt,
            answer.map(|answer| answer.status),
            answer.map(|answer| &answer.content_type),
            answer.map(|answer| &answer.headers),
            answer.and_then(|answer| answer.body.as_ref()),
            payment.sent
        ])?;
    Ok(())
}

/// Forgets a payment whose transaction never landed.
pub(crate) fn remove(write: &Write<'_>, tx_sig: &str) -> rusqlite::Result<()> {
    write.execute("DELETE FROM payments WHERE tx_sig = ? AND receipt_hash IS NULL", [tx_sig])?;
    Ok(())
}

/// Payments of which nobody knows yet what became of them: to links, and since that moment to the facilitator. What
/// is older than its blockhash can't land any more.
pub(crate) fn under_way(database: &Connection, since: i64) -> rusqlite::Result<Vec<Payment>> {
    database
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM payments
             WHERE receipt_hash IS NULL AND (link_id IS NOT NULL OR sent > ?) ORDER BY sent"
        ))?
        .query_map([since], payment)?
        .collect()
}

/// How many receipts the chain of an agent's earnings has, and the last one's hash.
pub(crate) fn chain(
    database: &Connection,
    network: Network,
    agent: &str,
) -> rusqlite::Result<(u32, Option<String>)> {
    let found = database
        .prepare_cached("SELECT count, last_hash FROM earn_chains WHERE network = ? AND agent = ?")?
        .query_row(params![network.as_str(), agent], |row| Ok((row.get(0)?, Some(row.get(1)?))))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Notes that the chain has one more.
pub(crate) fn grow(
    write: &Write<'_>,
    network: Network,
    agent: &str,
    count: u32,
    last_hash: &str,
) -> rusqlite::Result<()> {
    write.execute(
        "INSERT OR REPLACE INTO earn_chains (network, agent, count, last_hash) VALUES (?, ?, ?, ?)",
        params![network.as_str(), agent, count, last_hash],
    )?;
    Ok(())
}
