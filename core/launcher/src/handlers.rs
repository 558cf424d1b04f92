//! How an executable runs the built-ins that it knows.

use std::ffi::OsString;

use leash_output::Error;

use crate::{Builtins, Host};
use leash_protocol::commands::Outline;

/// Runs a built-in on these arguments.
pub type Run = fn(&mut Host, &'static Outline, &[OsString]) -> Result<(), Error>;

/// Answers a shell's script that asks for completions: given the shell and the words so far.
pub type Complete = fn(&mut Host, &str, Vec<OsString>) -> Result<(), Error>;

/// The built-ins with how this executable runs them. [`Host`] has only the former: what is known of them depends on no run.
#[derive(Clone, Copy)]
pub struct Handlers {
    /// What is known of them.
    pub builtins: Builtins,
    /// How one is run.
    pub run: Run,
    /// How completions are found.
    pub complete: Complete,
}
