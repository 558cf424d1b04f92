//! What became of a payment, as the chain shows it.

use std::time::Duration;

use leash_chain::Signature;
use leash_output::Error;
use leash_submit::{Depth, Finding, Outcome};
use tokio::time::Instant;

use crate::{
    desk::Desk,
    entry::{Answer, Ended, Entry},
    journal::Held,
};

/// The longest that a command waits until the chain shows a payment which the seller says was settled.
pub(crate) const SETTLING: Duration = Duration::from_secs(10);

/// A payment that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) transaction: Signature,
    pub(crate) slot: u64,
}

impl Landed {
    /// What an entry notes of it.
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        match &entry.outcome {
            Some(Ended::Landed { transaction, slot }) => {
                Some(Self { transaction: transaction.parse().ok()?, slot: *slot })
            }
            _ => None,
        }
    }
}

/// What is known of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was made.
    Landed(Landed),
    /// It wasn't made and can't be any more; the entry notes who says so.
    Unpaid,
    /// The same, but it counts until this time, in seconds since 1970.
    TooEarly(i64),
    /// It isn't known.
    Unknown(String),
}

/// Waits until the chain shows a payment that was just handed out, for so long.
pub(crate) fn wait(desk: &Desk<'_>, held: &mut Held, within: Duration) -> Result<Fate, Error> {
    look(desk, held, Depth::Glance, within)
}

/// Finds out what became of a payment, within this time.
pub(crate) fn find(desk: &Desk<'_>, held: &mut Held, within: Duration) -> Result<Fate, Error> {
    look(desk, held, Depth::Proof, within)
}

fn look(desk: &Desk<'_>, held: &mut Held, depth: Depth, within: Duration) -> Result<Fate, Error> {
    if let Some(landed) = Landed::of(&held.entry) {
        return Ok(Fate::Landed(landed));
    }
    let finding = ask(desk, &mut held.entry, depth, within)?;
    // Before anything follows from it; how far a search came is kept as well.
    if let Finding::Settled(outcome, witnesses) = &finding {
        held.entry.outcome = Some(Ended::of(outcome, *witnesses));
    }
    if depth == Depth::Proof || held.entry.outcome.is_some() {
        held.note()?;
    }
    Ok(match finding {
        Finding::Settled(Outcome::Landed { transaction, slot }, _) => {
            Fate::Landed(Landed { transaction, slot })
        }
        Finding::Settled(..) => Fate::Unpaid,
        Finding::TooEarly(until) => Fate::TooEarly(until),
        Finding::Open { reason, .. } => Fate::Unknown(reason),
    })
}

fn ask(desk: &Desk<'_>, entry: &mut Entry, depth: Depth, within: Duration) -> Result<Finding, Error> {
    let claimed = entry.answer.as_ref().and_then(Answer::claimed);
    let since = (entry.price.source.clone(), entry.begun());
    let tracker = entry.signed.as_mut().map(|signed| &mut signed.payment);
    let tracker = tracker.and_then(|payment| payment.track(claimed, (&since.0, since.1), desk.clock()));
    let Some(mut tracker) = tracker else {
        return Ok(Finding::Open { reason: "its note can't be read".to_owned(), is_permanent: true });
    };
    let within = within.min(desk.remaining());
    desk.connector.block_on(async {
        match depth {
            Depth::Glance => tracker.follow(&desk.endpoints, within).await,
            Depth::Proof => tracker.examine(&desk.endpoints, depth, Instant::now() + within).await,
        }
    })
}
