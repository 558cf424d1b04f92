//! Payments of runs that were cut off: brought to their end as far as the chain knows it, or gone on with.

use std::time::Duration;

use jiff::Timestamp;
use leash_output::{Error, Kind, escape};
use leash_policy::{Status, Usd};

use crate::{
    close, conclude,
    deliver::Output,
    desk::Desk,
    fate::{Fate, follow},
    journal::Held,
    request::Request,
    send,
};

/// For so long, an answer that was paid for is there for whoever runs the same command again.
const KEPT: i64 = 60 * 60;

/// Looks after all payments that nobody goes on with, and gives the one that was for the same request, if there is one
/// and it is still good for it.
pub(crate) fn take(desk: &Desk<'_>, key: &str) -> Result<Option<Held>, Error> {
    let mut found = None;
    for held in desk.journal.orphans()? {
        let same = held.entry.asked.key == key && found.is_none();
        found = look_after(desk, held, same)?.or(found);
    }
    Ok(found)
}

fn look_after(desk: &Desk<'_>, held: Held, same: bool) -> Result<Option<Held>, Error> {
    let entry = &held.entry;
    if entry.signed.is_none() {
        // Nothing was signed. It may have been reserved.
        let open =
            |reserved: &leash_policy::Entry| reserved.id == entry.id && reserved.status == Status::Open;
        if desk.ledger.entries()?.iter().any(open) {
            close::give_back(desk, entry, "never signed")?;
        }
        return held.close().map(|()| None);
    }
    let delivered = entry.answer.as_ref().is_some_and(|answer| answer.delivered);
    let young = age(&entry.time) < KEPT;
    let fate = follow(desk, entry, Duration::ZERO)?;
    match fate {
        Fate::Gone | Fate::Failed if entry.answer.is_some() && !delivered && same && young => Ok(Some(held)),
        Fate::Gone | Fate::Failed => {
            let why = if entry.answer.is_some() { "not_settled" } else { "expired" };
            close::unpaid(desk, held, why).map(|_| None)
        }
        Fate::Landed(landed) => {
            let fresh = !delivered && young;
            if fresh && same {
                return Ok(Some(held));
            }
            close::paid(desk, &held, &landed)?;
            if fresh { Ok(None) } else { held.close().map(|()| None) }
        }
        Fate::Alive | Fate::Unknown(_) => Ok((same && !delivered).then_some(held)),
    }
}

/// Goes on with a payment that an earlier run signed.
pub(crate) fn go_on(
    desk: &Desk<'_>,
    request: &Request,
    held: Held,
    output: Output<'_>,
    max: Option<Usd>,
) -> Result<(), Error> {
    let price = &held.entry.price;
    if max.is_some_and(|max| Usd::from_atomic(price.gross) > max) {
        let message =
            format!("an earlier run has signed a payment of {} for this", price.written(price.gross));
        return Err(Error::new(Kind::Refused, "above_max", message)
            .hint("with a higher `--max` it is sent again; else wait two minutes, after which it is void"));
    }
    desk.host.out.note(&format!(
        "an earlier run was cut off; its payment of {} for {} is used, and no other made",
        price.written(price.gross),
        escape(&held.entry.asked.url)
    ));
    if held.entry.answer.is_some() {
        return conclude::finish(desk, held, output, true);
    }
    send::send(desk, request, held, output, false)
}

/// In seconds.
fn age(time: &str) -> i64 {
    let then = time.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    Timestamp::now().as_second().saturating_sub(then)
}
