//! How often a payment link was called and paid.

use leash_identity::Network;
use rusqlite::{Row, params};

use super::Write;

/// What a link has seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    /// Calls of any kind.
    pub(crate) calls: u32,
    /// Payments.
    pub(crate) settled: u32,
    /// When it was last called.
    pub(crate) last_called_at: Option<String>,
    /// When it was last paid.
    pub(crate) last_settled_at: Option<String>,
    /// By which transaction.
    pub(crate) last_tx_sig: Option<String>,
    /// How much the seller got.
    pub(crate) last_amount: Option<String>,
    /// Of what.
    pub(crate) last_currency: Option<String>,
}

/// The columns of a link's row that are its counters.
pub(crate) const COLUMNS: &str = "coalesce(call_count, 0), coalesce(settled_count, 0), last_called_at, last_settled_at, last_tx_sig, \
     last_amount, last_currency";

/// Reads them from the column `first` on.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Counters> {
    Ok(Counters {
        calls: row.get(first)?,
        settled: row.get(first + 1)?,
        last_called_at: row.get(first + 2)?,
        last_settled_at: row.get(first + 3)?,
        last_tx_sig: row.get(first + 4)?,
        last_amount: row.get(first + 5)?,
        last_currency: row.get(first + 6)?,
    })
}

/// Counts a call.
pub(crate) fn called(write: &Write<'_>, network: Network, id: &str) -> rusqlite::Result<()> {
    write
        .prepare_cached(
            "INSERT INTO link_counters (network, id, call_count, last_called_at) VALUES (?1, ?2, 1, ?3)
             ON CONFLICT DO UPDATE SET call_count = call_count + 1, last_called_at = ?3",
        )?
        .execute(params![network.as_str(), id, write.iso()])?;
    Ok(())
}

/// Counts a payment.
pub(crate) fn settled(
    write: &Write<'_>,
    network: Network,
    id: &str,
    tx_sig: &str,
    amount: &str,
    currency: &str,
) -> rusqlite::Result<()> {
    // Nothing is counted for a link that is gone.
    write
        .prepare_cached(
            "UPDATE link_counters SET settled_count = settled_count + 1, last_settled_at = ?3, last_tx_sig = ?4,
               last_amount = ?5, last_currency = ?6 WHERE network = ?1 AND id = ?2",
        )?
        .execute(params![network.as_str(), id, write.iso(), tx_sig, amount, currency])?;
    Ok(())
}

/// Forgets those of a link.
pub(super) fn remove(write: &Write<'_>, network: Network, id: &str) -> rusqlite::Result<()> {
    write.execute("DELETE FROM link_counters WHERE network = ? AND id = ?", params![network.as_str(), id])?;
    Ok(())
}
