//! The facilitator's key, made at the first time.

use rusqlite::{Connection, OptionalExtension as _};
use zeroize::Zeroizing;

use super::Write;

/// The key, where there is one.
pub(crate) fn get(database: &Connection) -> rusqlite::Result<Option<Zeroizing<[u8; 32]>>> {
    database
        .prepare_cached("SELECT secret FROM facilitator")?
        .query_row([], |row| row.get(0).map(Zeroizing::new))
        .optional()
}

/// Keeps a key, unless there is one.
pub(crate) fn put(write: &Write<'_>, secret: &[u8; 32]) -> rusqlite::Result<()> {
    write.execute("INSERT OR IGNORE INTO facilitator (one, secret) VALUES (1, ?)", [secret])?;
    Ok(())
}
