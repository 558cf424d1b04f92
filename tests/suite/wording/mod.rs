//! Every sentence that leash prints, as files in `tests/snapshots`: help, tables for people, and failures.
//!
//! A changed word is a changed file. `cargo xtask snapshots` shows each difference and asks.

mod errors;
mod help;
mod tables;
mod transcript;

use transcript::Transcript;
