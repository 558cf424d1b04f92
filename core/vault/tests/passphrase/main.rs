//! Passphrases, obtained by real processes: from real terminals, descriptors and files.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a test"
)]

mod asking;
mod desk;
mod handed_over;
mod role;
mod stopping;
