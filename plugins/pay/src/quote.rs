//! `leash quote`: what a paywall offers. No agent is needed, and nothing is signed.

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::{self, Outline};

use crate::{OfferArgs, RequestArgs};

/// The built-in.
pub struct Quote;

#[derive(clap::Args)]
struct Args {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    offers: OfferArgs,
}

impl Builtin for Quote {
    fn outline(&self) -> &'static Outline {
        &commands::QUOTE
    }

    fn command(&self) -> Command {
        Args::augment_args(Command::new("quote")).after_help(
            "Examples:\n  leash quote https://api.example.com/quote\n  \
             leash quote https://api.example.com/ask --body '{\"q\":\"hi\"}' --json\n  \
             leash quote https://api.example.com/quote --network devnet\n\nEach offer is listed with the reason where \
             leash can't pay it; the one marked `*` is the cheapest that it can.\nExits 0 if there is one, else 3.",
        )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "quote"
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let args = Args::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))?;
        leash_buyer::quote(host.connector(), &args.request.read()?, &args.offers.read()?)
    }
}
