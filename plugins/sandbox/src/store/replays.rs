//! Signatures that were used, for as long as their timestamp lets them be used again.

use rusqlite::params;

use super::Write;

/// Takes note of a signature; false where it was used before.
pub(crate) fn claim(write: &Write<'_>, signature: &[u8; 64], expires: i64) -> rusqlite::Result<bool> {
    write.execute("DELETE FROM replays WHERE expires < ?", [write.now])?;
    let claimed = write.execute(
        "INSERT OR IGNORE INTO replays (signature, expires) VALUES (?, ?)",
        params![signature, expires],
    )?;
    Ok(claimed > 0)
}
