//! `leash payments`: the payments that aren't over, and bringing them to their end.

mod list;
mod resolve;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_command::{Builtin, Host, Outline};
use leash_identity::{Identity, Resolved};
use leash_output::{Error, command, escape};
use serde_json::{Value, json};

use crate::{
    entry::{Ended, Entry, State},
    journal::Journal,
};

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
        &leash_outlines::PAYMENTS
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
fn entries(host: &Host, identity: &Identity) -> Result<(Journal, Vec<Entry>), Error> {
    let journal = Journal::new(&leash_policy::dir(host.paths()?, &identity.mint));
    let (entries, faults) = journal.survey()?;
    for fault in faults {
        host.out.warn(&format!("{}; {}", fault.message(), fault.hints()));
    }
    Ok((journal, entries))
}

/// The payments whose id begins so: one, or an error.
fn choose<'a>(entries: &'a [Entry], id: &str) -> Result<&'a Entry, Error> {
    let mut found = entries.iter().filter(|entry| !id.is_empty() && entry.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(entry),
        (Some(_), Some(_)) => Err(Error::usage(format!("several payments begin with `{}`", escape(id)))
            .hint("`leash payments list` shows the whole ids")),
        (None, _) => {
            Err(Error::failure("no_such_payment", format!("no open payment begins with `{}`", escape(id)))
                .hint("`leash payments list` shows those that aren't over; `leash receipts` those that are"))
        }
    }
}

/// A payment as a document shows it.
fn item(entry: &Entry) -> Value {
    let state = entry.state();
    let transaction = match &entry.outcome {
        Some(Ended::Landed { transaction, .. }) => Some(transaction.as_str()),
        _ => entry.answer.as_ref().and_then(|answer| answer.claimed.as_deref()),
    };
    json!({
        "id": entry.id,
        "state": state.as_str(),
        "counts": state.counts(),
        "method": entry.asked.method,
        "url": entry.asked.url,
        "protocol": entry.price.protocol,
        "amount": entry.price.gross.to_string(),
        "amount_usd": entry.price.decimal(entry.price.gross),
        "currency": entry.price.currency,
        "pay_to": entry.price.to,
        "plugin": entry.plugin,
        "time": entry.time,
        "tx_signature": transaction,
        "counts_at_least_until": counts_until(entry).map(|time| time.to_string()),
        "why": why(entry),
    })
}

/// The time before which a payment isn't given back, unless the chain shows that it failed.
fn counts_until(entry: &Entry) -> Option<jiff::Timestamp> {
    let signed = entry.signed.as_ref().filter(|_| entry.state() == State::Unknown)?;
    let since = signed.payment.signed.signed_at().unwrap_or_else(|| entry.begun());
    jiff::Timestamp::from_second(since.saturating_add(leash_submit::RELEASE_AFTER)).ok()
}

/// Why a payment is in its state.
fn why(entry: &Entry) -> String {
    match entry.state() {
        State::Noted => {
            "nothing was signed yet; the command that began it was cut off, or is running".to_owned()
        }
        State::Unknown if entry.rejected => {
            "the seller did not take it; it counts until it is proven that it can't be taken any more"
                .to_owned()
        }
        State::Unknown => "it was handed out, and the chain hasn't settled it yet".to_owned(),
        State::Landed => "it was paid; the same command delivers the answer, for an hour".to_owned(),
        State::Withheld => entry.withheld.clone().unwrap_or_default(),
        State::Released => "one RPC endpoint says that it wasn't paid; it is checked again".to_owned(),
        State::Uncounted => {
            format!("it was given back, and the chain shows it; `{}` counts it", command("payments resolve"))
        }
    }
}
