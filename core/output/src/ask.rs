//! Questions to the person at the terminal.
#![allow(clippy::disallowed_methods, reason = "leash-output is what writes to stdout and stderr")]

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Whether there is a person to ask: stdin and stderr are a terminal.
#[must_use]
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question on stderr; only `y` or `yes` is yes, and the end of the input is no.
#[must_use]
pub fn confirm(question: &str) -> bool {
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{} [y/N] ", crate::escape(question));
    let _ = stderr.flush();
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).is_err() {
        return false;
    }
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
