//! `leash receipts`, `receipt`, `history` and `daily`: what the agent paid and earned.
//!
//! With an API key they ask the API, which also knows what the agent earned; without one, or with `--local`, they read
//! the chain that this machine wrote.

mod daily;
mod feed;
mod history;
mod item;
mod list;
mod local;
mod one;
mod publish;
mod remote;
mod verify;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

/// `leash receipts`.
pub struct Receipts;

/// `leash receipt`.
pub struct One;

/// `leash history`.
pub struct History;

/// `leash daily`.
pub struct Daily;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
struct ReceiptsArgs {
    #[command(subcommand)]
    sub: Option<Sub>,
    #[command(flatten)]
    list: list::Args,
}

#[derive(Subcommand)]
enum Sub {
    /// Check a chain of receipts, offline: exits 0 if it is as it was written, else 3
    Verify(verify::Args),
    /// Tell the API the receipts that it wasn't told yet
    Publish,
}

impl Builtin for Receipts {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::RECEIPTS
    }

    fn command(&self) -> Command {
        ReceiptsArgs::augment_args(Command::new("receipts")).after_help(
            "Examples:\n  leash receipts --limit 20\n  leash receipts --local --direction outgoing\n  \
             leash receipts verify\n  leash receipts verify --file receipts.jsonl\n  leash receipts publish",
        )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("verify") => "receipts_verify",
            Some("publish") => "receipts_publish",
            _ => "receipts",
        }
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let args =
            ReceiptsArgs::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))?;
        match args.sub {
            Some(Sub::Verify(args)) => verify::run(host, &args),
            Some(Sub::Publish) => publish::run(host),
            None => list::run(host, &args.list),
        }
    }
}

/// A command of arguments alone.
macro_rules! plain {
    ($builtin:ty, $outline:path, $document:literal, $module:ident, $examples:literal) => {
        impl Builtin for $builtin {
            fn outline(&self) -> &'static Outline {
                &$outline
            }

            fn command(&self) -> Command {
                $module::Args::augment_args(Command::new($outline.name)).after_help($examples)
            }

            fn document(&self, _: Option<&str>) -> &'static str {
                $document
            }

            fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
                let args = $module::Args::from_arg_matches(matches)
                    .map_err(|error| Error::usage(error.to_string()))?;
                $module::run(host, &args)
            }
        }
    };
}

plain!(
    One,
    leash_protocol::commands::RECEIPT,
    "receipt",
    one,
    "Examples:\n  leash receipt ffa516b05635f13bacbc2312991140b349f3b9c6ffefbcd416183f94cd97148f"
);
plain!(
    History,
    leash_protocol::commands::HISTORY,
    "transaction_history",
    history,
    "Examples:\n  leash history\n  leash history --days 30 --direction outgoing\n  leash history --local --json"
);
plain!(
    Daily,
    leash_protocol::commands::DAILY,
    "daily_transactions",
    daily,
    "Examples:\n  leash daily\n  leash daily --days 30"
);
