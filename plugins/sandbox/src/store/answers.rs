//! Answers to requests that named an `Idempotency-Key`, kept for a day.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Write;

/// How long an answer is kept, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// What a request is known by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    /// The caller's API key.
    pub(crate) api_key_id: &'a str,
    /// The path that was called.
    pub(crate) path: &'a str,
    /// The caller's own name for the request.
    pub(crate) idempotency_key: &'a str,
}

/// A first answer.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// SHA-256 of the request's body.
    pub(crate) body_hash: [u8; 32],
    /// The answer's status.
    pub(crate) status: u16,
    /// The answer's body.
    pub(crate) body: String,
}

/// The first answer to a request of this name.
pub(crate) fn get(database: &Connection, name: Name<'_>, now: i64) -> rusqlite::Result<Option<Stored>> {
    database
        .prepare_cached(
            "SELECT body_hash, status, body FROM answers
             WHERE api_key_id = ? AND path = ? AND idempotency_key = ? AND expires > ?",
        )?
        .query_row(params![name.api_key_id, name.path, name.idempotency_key, now], |row| {
            Ok(Stored { body_hash: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
        })
        .optional()
}

/// Keeps a first answer.
pub(crate) fn put(write: &Write<'_>, name: Name<'_>, stored: &Stored) -> rusqlite::Result<()> {
    write.execute("DELETE FROM answers WHERE expires <= ?", [write.now])?;
    write.execute(
        "INSERT INTO answers (api_key_id, path, idempotency_key, body_hash, status, body, expires)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            name.api_key_id,
            name.path,
            name.idempotency_key,
            stored.body_hash,
            stored.status,
            stored.body,
            write.now + KEPT
        ],
    )?;
    Ok(())
}
