//! The payments of an agent that aren't over, for whoever looks after it.

use std::path::Path;

use jiff::Timestamp;
use leash_output::{Error, command};
use leash_submit::RELEASE_AFTER;

use crate::{
    State,
    entry::{Ended, Entry},
    journal::Journal,
};

/// A payment that isn't over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Also the id of its reservation: 32 hex digits.
    pub id: String,
    /// How far it has come.
    pub state: State,
    /// Why it is in this state.
    pub why: String,
    /// Why it goes on counting, where it is withheld.
    pub withheld: Option<String>,
    /// When it was begun, in UTC.
    pub time: String,
    /// Where the request goes.
    pub url: String,
    /// The request's method.
    pub method: String,
    /// What leaves the treasury: `0.0101 USDC`.
    pub gross: String,
    /// The same in atomic units.
    pub gross_atomic: u64,
    /// The same as a decimal number.
    pub gross_decimal: String,
    /// The token.
    pub currency: String,
    /// Who is paid.
    pub pay_to: String,
    /// The network, as the seller names it.
    pub network: String,
    /// By which protocol.
    pub protocol: String,
    /// The plugin out of whose grant it is paid, where it is one's.
    pub plugin: Option<String>,
    /// The transaction, where the chain or the seller has named it.
    pub transaction: Option<String>,
    /// The time before which it isn't given back, unless the chain shows that it failed.
    pub counts_until: Option<Timestamp>,
}

/// The open payments in an agent's directory, oldest first. Nothing is changed, and nobody is disturbed.
///
/// # Errors
/// Where one of them can't be read, trusted or understood.
pub fn open(dir: &Path) -> Result<Vec<Open>, Error> {
    let (open, mut faults) = survey(dir)?;
    if faults.is_empty() { Ok(open) } else { Err(faults.remove(0)) }
}

/// The same, and why others can't be read.
///
/// # Errors
/// Where the directory can't be read.
pub fn survey(dir: &Path) -> Result<(Vec<Open>, Vec<Error>), Error> {
    let (entries, faults) = Journal::new(dir).survey()?;
    Ok((entries.into_iter().map(Open::of).collect(), faults))
}

impl Open {
    fn of(entry: Entry) -> Self {
        let transaction = match &entry.outcome {
            Some(Ended::Landed { transaction, .. }) => Some(transaction.clone()),
            _ => entry.answer.as_ref().and_then(|answer| answer.claimed.clone()),
        };
        Self {
            state: entry.state(),
            why: why(&entry),
            gross: entry.price.written(entry.price.gross),
            gross_atomic: entry.price.gross,
            gross_decimal: entry.price.decimal(entry.price.gross),
            counts_until: counts_until(&entry),
            transaction,
            withheld: entry.withheld,
            id: entry.id,
            time: entry.time,
            url: entry.asked.url,
            method: entry.asked.method,
            currency: entry.price.currency,
            pay_to: entry.price.to,
            network: entry.price.network,
            protocol: entry.price.protocol,
            plugin: entry.plugin,
        }
    }
}

fn counts_until(entry: &Entry) -> Option<Timestamp> {
    let signed = entry.signed.as_ref().filter(|_| entry.state() == State::Unknown)?;
    let since = signed.payment.signed.signed_at().unwrap_or_else(|| entry.begun());
    Timestamp::from_second(since.saturating_add(RELEASE_AFTER)).ok()
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
