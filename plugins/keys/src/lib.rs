//! `leash key`: where the executive key lies, encrypted or not, and for how long it is unlocked.

mod change;
mod copies;
mod lock;
mod protect;
mod status;
mod target;
mod unlock;
mod unprotect;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// The built-in.
pub struct Key;

#[derive(Subcommand)]
enum Sub {
    /// Show for each agent whether its key is encrypted, and until when it is unlocked
    Status,
    /// Encrypt the key in the agent's file with a passphrase
    Protect,
    /// Encrypt the key with another passphrase
    Change(change::Args),
    /// Put the key back into the agent's file in the clear
    Unprotect,
    /// Have the kernel keep the key for a while, so that no passphrase is asked for
    Unlock(unlock::Args),
    /// Have the kernel forget the key
    Lock,
}

impl Builtin for Key {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::KEY
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(Command::new("key").subcommand_required(true).arg_required_else_help(true))
            .after_help(
                "Examples:\n  leash key status\n  leash key protect\n  leash key change\n  leash key unlock --for 15m\n  leash key lock\n\n\
                 The passphrase is asked for on the terminal. In a job it comes from a descriptor or a file:\n  \
                 LEASH_PASSPHRASE_FD=3 leash key unlock 3< <(pass show leash)\n  \
                 LEASH_PASSPHRASE_FILE=~/.leash-passphrase leash api-key list",
            )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("protect") => "key_protect",
            Some("change") => "key_change",
            Some("unprotect") => "key_unprotect",
            Some("unlock") => "key_unlock",
            Some("lock") => "key_lock",
            _ => "key_status",
        }
    }

    fn manages_identity(&self, _: Option<&str>) -> bool {
        true
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Status => status::run(host),
            Sub::Protect => protect::run(host),
            Sub::Change(args) => change::run(host, &args),
            Sub::Unprotect => unprotect::run(host),
            Sub::Unlock(args) => unlock::run(host, &args),
            Sub::Lock => lock::run(host),
        }
    }
}
