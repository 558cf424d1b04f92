//! The trait of a built-in command.

use clap::{ArgMatches, Command};
use leash_output::Error;

use crate::Host;

/// The built-ins, in the order in which help shows them.
pub type Builtins = &'static [&'static dyn Builtin];

/// A command that is part of the host.
///
/// Adding one takes a file that implements this, and a line in the table of `plugins/builtin`.
pub trait Builtin: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Other spellings that lead to it.
    fn other_names(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it is for, in a few words.
    fn summary(&self) -> &'static str;

    /// Its own parser; the global options are added to it.
    fn command(&self) -> Command;

    /// The `kind` of the document that it prints under `--json`.
    fn document(&self, subcommand: Option<&str>) -> &'static str;

    /// Whether it manages identities or trust, which a plugin may not do.
    fn manages_identity(&self, subcommand: Option<&str>) -> bool {
        let _ = subcommand;
        false
    }

    /// Does it.
    ///
    /// # Errors
    /// Whatever went wrong; the host reports it and turns it into the exit status.
    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error>;
}
