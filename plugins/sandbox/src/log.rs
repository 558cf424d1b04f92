//! The server's log.

use std::io::{self, Write as _};

use crate::clock;

/// A line of the server's log. Queries, headers and bodies, which hold secrets, are no part of it.
#[allow(clippy::disallowed_methods, reason = "the log of a server goes to stderr")]
pub(crate) fn log(line: &str) {
    // Where the log can't be written, the server goes on.
    let _ = io::stderr().write_all(format!("{} {line}\n", clock::iso(clock::now())).as_bytes());
}
