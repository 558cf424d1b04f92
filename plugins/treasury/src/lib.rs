//! `leash treasury`: what the agent owns, what may be spent of it, and moving it out.

mod act;
mod amounts;
mod balance;
mod document;
mod journal;
mod limit;
mod open;
mod state;
mod withdraw;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

pub use open::{Open, open};

/// The built-in.
pub struct Treasury;

#[derive(Subcommand)]
enum Sub {
    /// Show what the treasury holds
    Balance,
    /// Move SOL or tokens out of the treasury
    Withdraw(withdraw::Args),
    /// Show what payments may still spend
    Limit(limit::Show),
    /// Set what payments may spend, in place of what they could spend before
    SetLimit(limit::Set),
}

impl Builtin for Treasury {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::TREASURY
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(
            Command::new("treasury").subcommand_required(true).arg_required_else_help(true),
        )
        .after_help(
            "Examples:\n  leash treasury balance\n  leash treasury set-limit 25\n  \
                 leash treasury withdraw --amount 1.5 --token USDC --to WALLET\n  \
                 leash treasury withdraw --all --token SOL --to WALLET --yes",
        )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("withdraw") => "withdraw_receipt",
            Some("limit" | "set-limit") => "spend_limit",
            _ => "treasury_balance",
        }
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::Balance => balance::run(host),
            Sub::Withdraw(args) => withdraw::run(host, &args),
            Sub::Limit(args) => limit::show(host, &args),
            Sub::SetLimit(args) => limit::set(host, &args),
        }
    }
}
