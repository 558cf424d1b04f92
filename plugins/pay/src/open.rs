//! The payments of an agent that aren't over, for whoever looks after it.

use std::path::Path;

use leash_output::Error;

use crate::{State, journal::Journal};

/// A payment that isn't over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// How far it has come.
    pub state: State,
    /// Why it goes on counting, where it is withheld.
    pub withheld: Option<String>,
    /// Also the id of its reservation.
    pub id: String,
    /// Where the request goes.
    pub url: String,
    /// The request's method.
    pub method: String,
    /// What leaves the treasury: `0.0101 USDC`.
    pub gross: String,
    /// The same in atomic units.
    pub gross_atomic: u64,
}

/// The open payments in an agent's directory, oldest first. Nothing is changed, and nobody is disturbed.
///
/// # Errors
/// Where one of them can't be read, trusted or understood.
pub fn open(dir: &Path) -> Result<Vec<Open>, Error> {
    let (entries, mut faults) = Journal::new(dir).survey()?;
    if !faults.is_empty() {
        return Err(faults.remove(0));
    }
    let open = entries.into_iter().map(|entry| Open {
        state: entry.state(),
        gross: entry.price.written(entry.price.gross),
        gross_atomic: entry.price.gross,
        withheld: entry.withheld,
        id: entry.id,
        url: entry.asked.url,
        method: entry.asked.method,
    });
    Ok(open.collect())
}
