//! `leash payments`: the payments that aren't over, and bringing them to their end.

mod list;
mod resolve;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_buyer::Open;
use leash_command::{Builtin, Host};
use leash_identity::{Identity, Resolved};
use leash_output::{Error, escape};
use leash_protocol::commands::Outline;
use serde_json::{Value, json};

/// The built-in.
pub struct Payments;

#[derive(Subcommand)]
enum Sub {
    /// List the payments that aren't over
    List,
    /// Show one of them
    Show(One),
    /// Find out what became of them, and count or release each
    Resolve(Which),
}

#[derive(clap::Args)]
struct One {
    /// The payment's id, or how it begins
    id: String,
}

#[derive(clap::Args)]
struct Which {
    /// The payment's id, or how it begins; all payments without it
    id: Option<String>,
}

impl Builtin for Payments {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::PAYMENTS
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(
            Command::new("payments").subcommand_required(true).arg_required_else_help(true),
        )
        .after_help(
            "States:\n  noted      nothing was signed yet\n  unknown    it was handed out; it counts until the chain settles it\n  \
             landed     it was paid; its answer is kept for an hour\n  \
             withheld   one RPC endpoint says it wasn't paid, and may release no more today; it counts\n  \
             released   it was given back on one endpoint's word, and is checked again\n  \
             uncounted  it was given back, and the chain shows it; `resolve` counts it\n\n\
             Examples:\n  leash payments list\n  leash payments show 3f2a\n  leash payments resolve\n  \
             leash payments resolve 3f2a --timeout 30",
        )
    }

    fn document(&self, subcommand: Option<&str>) -> &'static str {
        match subcommand {
            Some("show") => "payment",
            Some("resolve") => "payments_resolve",
            _ => "payments",
        }
    }

    fn manages_identity(&self, subcommand: Option<&str>) -> bool {
        subcommand == Some("resolve")
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::List => list::all(host),
            Sub::Show(args) => list::one(host, &args.id),
            Sub::Resolve(args) => resolve::run(host, args.id.as_deref()),
        }
    }
}

/// The agent that is meant. Nothing is signed here, so its key may be locked.
fn agent(host: &Host) -> Result<Identity, Error> {
    match host.resolve_identity()? {
        Resolved::Agent(identity) => Ok(*identity),
        Resolved::None(none) => Err(none.error()),
    }
}

/// The payments of an agent that aren't over. One that can't be read is warned of.
fn survey(host: &Host, identity: &Identity) -> Result<Vec<Open>, Error> {
    let (open, faults) = leash_buyer::survey(&leash_policy::dir(host.paths()?, &identity.mint))?;
    for fault in faults {
        host.out.warn(&format!("{}; {}", fault.message(), fault.hints()));
    }
    Ok(open)
}

/// The payments whose id begins so: one, or an error.
fn choose<'a>(all: &'a [Open], id: &str) -> Result<&'a Open, Error> {
    let mut found = all.iter().filter(|open| !id.is_empty() && open.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(open), None) => Ok(open),
        (Some(_), Some(_)) => Err(Error::usage(format!("several payments begin with `{}`", escape(id)))
            .hint("`leash payments list` shows the whole ids")),
        (None, _) => {
            Err(Error::failure("no_such_payment", format!("no open payment begins with `{}`", escape(id)))
                .hint("`leash payments list` shows those that aren't over; `leash receipts` those that are"))
        }
    }
}

/// A payment as a document shows it.
fn item(open: &Open) -> Value {
    json!({
        "id": open.id,
        "state": open.state.as_str(),
        "counts": open.state.counts(),
        "method": open.method,
        "url": open.url,
        "protocol": open.protocol,
        "amount": open.gross_atomic.to_string(),
        "amount_usd": open.gross_decimal,
        "currency": open.currency,
        "pay_to": open.pay_to,
        "plugin": open.plugin,
        "time": open.time,
        "tx_signature": open.transaction,
        "counts_at_least_until": open.counts_until.map(|time| time.to_string()),
        "why": open.why,
    })
}
