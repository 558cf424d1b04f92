//! Agents that the server knows.

use leash_identity::Network;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Write;

/// An agent.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    /// Its mint.
    pub(crate) mint: String,
    /// Public half of its executive key.
    pub(crate) executive: String,
    /// Where it lives.
    pub(crate) network: Network,
    /// What it is called.
    pub(crate) name: String,
    /// Whether it may still do anything.
    pub(crate) active: bool,
    /// When it was recorded.
    pub(crate) created_at: String,
}

const COLUMNS: &str = "mint, executive, network, name, active, created_at";

fn agent(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        mint: row.get(0)?,
        executive: row.get(1)?,
        network: super::network(row, 2)?,
        name: row.get(3)?,
        active: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// One agent.
pub(crate) fn get(database: &Connection, mint: &str) -> rusqlite::Result<Option<Agent>> {
    database
        .prepare_cached(&format!("SELECT {COLUMNS} FROM agents WHERE mint = ?"))?
        .query_row([mint], agent)
        .optional()
}

/// All agents, in the order in which they came.
pub(crate) fn list(database: &Connection) -> rusqlite::Result<Vec<Agent>> {
    database
        .prepare(&format!("SELECT {COLUMNS} FROM agents ORDER BY created_at, rowid"))?
        .query_map([], agent)?
        .collect()
}

/// Records an agent; false where it is recorded already.
pub(crate) fn add(
    write: &Write<'_>,
    mint: &str,
    executive: &str,
    network: Network,
    name: &str,
) -> rusqlite::Result<bool> {
    let added = write.execute(
        "INSERT OR IGNORE INTO agents (mint, executive, network, name, created_at) VALUES (?, ?, ?, ?, ?)",
        params![mint, executive, network.as_str(), name, write.iso()],
    )?;
    Ok(added > 0)
}

/// Enables or disables an agent; false where there is none.
pub(crate) fn set_active(write: &Write<'_>, mint: &str, active: bool) -> rusqlite::Result<bool> {
    Ok(write.execute("UPDATE agents SET active = ? WHERE mint = ?", params![active, mint])? > 0)
}
