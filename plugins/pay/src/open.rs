//! The payments of an agent that aren't over, for whoever looks after it.

use std::path::Path;

use leash_output::Error;

use crate::journal::Journal;

/// A payment of which it isn't known yet what became of it, or whose answer wasn't delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Also the id of its reservation.
    pub id: String,
    /// Where the request goes.
    pub url: String,
    /// The request's method.
    pub method: String,
    /// What leaves the treasury: `0.0101 USDC`.
    pub gross: String,
}

/// The open payments in an agent's directory, oldest first. Nothing is changed, and nobody is disturbed.
///
/// # Errors
/// Where one of them can't be read, trusted or understood.
pub fn open(dir: &Path) -> Result<Vec<Open>, Error> {
    let open = Journal::new(dir).entries()?.into_iter().map(|entry| Open {
        gross: entry.price.written(entry.price.gross),
        id: entry.id,
        url: entry.asked.url,
        method: entry.asked.method,
    });
    Ok(open.collect())
}
