//! `leash version`: which leash this is, and which others there are.

use clap::{ArgMatches, Command};
use leash_command::{Builtin, Host, version_details};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// The built-in.
pub(crate) struct Version;

impl Builtin for Version {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::VERSION
    }

    fn command(&self) -> Command {
        Command::new("version")
            .after_help("Examples:\n  leash version\n  leash version --verbose\n  leash version --json")
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "version"
    }

    fn run(&self, host: &Host, _: &ArgMatches) -> Result<(), Error> {
        version_details(host)
    }
}
