//! The trait of a built-in command.

use clap::{ArgMatches, Command};
use leash_output::Error;
use leash_protocol::commands::Outline;

use crate::Host;

/// A command that is part of the host.
///
/// Adding one takes a file that implements this, a line in the table of `plugins/builtin`, and what is said of it in
/// `plugins/outlines`.
pub trait Builtin: Sync {
    /// What is said of it.
    fn outline(&self) -> &'static Outline;

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
