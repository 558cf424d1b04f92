#![doc = include_str!("../README.md")]

mod ask;
mod nested;
mod own;
mod payments;
mod quote;
mod run;
mod typed;

use std::path::PathBuf;

use clap::{ArgMatches, Command, FromArgMatches as _};
use leash_buyer::KIND;
use leash_command::{Builtin, Host};
use leash_output::Error;
use leash_protocol::commands::Outline;

pub use payments::Payments;
pub use quote::Quote;

/// The built-in.
pub struct Pay;

/// The request, as it is typed.
#[derive(clap::Args)]
pub(crate) struct RequestArgs {
    /// What to buy
    url: String,
    /// The HTTP method; without it GET or, with a body, POST
    #[arg(long, short = 'X')]
    method: Option<String>,
    /// A body: text, `@FILE`, or `@-` for stdin
    #[arg(long, value_name = "DATA", allow_hyphen_values = true)]
    body: Option<String>,
    /// A header of the request, `Name: value`; may be repeated
    #[arg(long, short = 'H', value_name = "HEADER")]
    header: Vec<String>,
}

/// Which of a paywall's offers are wanted.
#[derive(clap::Args)]
pub(crate) struct OfferArgs {
    /// Take only offers on this network: devnet or mainnet
    #[arg(long)]
    network: Option<String>,
    /// Take only offers in this token: its symbol or its mint
    #[arg(long)]
    token: Option<String>,
    /// Take only offers by this protocol: x402 or mpp
    #[arg(long)]
    protocol: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    offers: OfferArgs,
    /// Pay no more than this many dollars, the fee included
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    max: Option<String>,
    /// Let somebody else than leash collect the fee: this address
    #[arg(long, value_name = "ADDRESS")]
    fee_authority: Option<String>,
    /// Say what would be paid, and pay nothing
    #[arg(long)]
    dry_run: bool,
    /// Send the payment to the chain, and tell the seller its signature (unsponsored MPP)
    #[arg(long)]
    push: bool,
    /// Don't ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Write the answer to this new file, and nothing of it to stdout; `-` is stdout
    #[arg(long, short = 'o', value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Builtin for Pay {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::PAY
    }

    fn command(&self) -> Command {
        <Args as clap::Args>::augment_args(Command::new("pay")).after_help(
            "Examples:\n  leash pay https://api.example.com/quote\n  \
             leash pay https://api.example.com/ask --body '{\"q\":\"hi\"}' --max 0.05\n  \
             leash pay https://api.example.com/report --out report.pdf\n  \
             leash pay https://api.example.com/quote --dry-run\n  leash pay https://api.example.com/quote --protocol x402 --token USDC\n\nThe \
             cheapest offer is taken that the policy allows and the treasury can pay. The answer's body goes to stdout\n\
             as it is, a summary to stderr. Where an answer was lost, the same command again sends the same payment,\n\
             and pays nothing twice.",
        )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        KIND
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let args = Args::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))?;
        run::run(host, &args)
    }
}
