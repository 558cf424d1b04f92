//! Attacks: plugins that are out for the agent's key, run by the real host for a real agent, as an unprivileged user.
//! Started as root, it tries what only root can, and then runs again as another user.
//!
//! This program is also the plugin that attacks, under the name `leash-evil` (`evil/`).
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "tests")]

#[cfg(target_os = "linux")]
#[path = "suite.rs"]
mod suite;

#[cfg(target_os = "linux")]
pub(crate) use suite::{cases, market, syscall, table, world};

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    suite::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
