//! Payments of runs that were cut off. The one that was for the same request is taken up; the others wait until the output of
//! this command is out.

use std::time::Duration;

use leash_output::{Error, Kind, escape};
use leash_policy::{ABOVE_MAX, Request as Spend, State as Spent, Usd, evaluate};
use leash_submit::{RELEASE_AFTER, Witnesses};

use crate::{
    close::{self, Unpaid},
    conclude,
    deliver::Output,
    desk::{Desk, clock_time},
    entry::{Ended, Entry, State},
    journal::Held,
    outcome::{Fate, find},
    refuse,
    request::Request,
    send,
};

/// For so long, in seconds, an answer that was paid for is there for whoever runs the same command again.
const KEPT: i64 = 60 * 60;
/// For so long, in seconds, a payment that was given back on one endpoint's word is looked for again.
const DOUBTED: i64 = 48 * 60 * 60;
/// The longest look at the payment that was for the same request.
const OWN: Duration = Duration::from_secs(10);
/// What others may take when the output is out: so many of them, and so long all in all.
const OTHERS: usize = 2;
const OTHERS_TIME: Duration = Duration::from_millis(300);
/// One that was looked at is left alone for so long.
const OTHERS_REST: Duration = Duration::from_secs(2);
/// The same for one that was given back, and one whose answer is kept.
const CALM_REST: i64 = 10 * 60;

/// What looking after a payment came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Looked {
    /// It was paid, and has this receipt.
    Paid(String),
    /// It wasn't paid, and counts no longer.
    GivenBack,
    /// It counts, for this reason.
    Counts(String),
    /// More has left than was counted, until somebody says that it is to be counted.
    Uncounted,
    /// Nothing was to be done.
    Nothing,
}

/// Whether new payments may be made at all.
///
/// # Errors
/// Proof that more has left the treasury than the ledger counts.
pub(crate) fn refuse_uncounted(entries: &[Entry]) -> Result<(), Error> {
    match entries.iter().find(|entry| entry.uncounted) {
        Some(entry) => Err(close::uncounted(entry)),
        None => Ok(()),
    }
}

/// The payment that was for the same request, if there is one and it is still good for it. No other is waited for.
pub(crate) fn take(desk: &Desk<'_>, entries: &[Entry], key: &str) -> Result<Option<Held>, Error> {
    for entry in entries.iter().filter(|entry| entry.asked.key == key) {
        let Some(held) = desk.journal.take_from_looker(&entry.id, desk.remaining())? else { continue };
        if let Some(held) = take_up(desk, held)? {
            return Ok(Some(held));
        }
    }
    Ok(None)
}

fn take_up(desk: &Desk<'_>, mut held: Held) -> Result<Option<Held>, Error> {
    let age = desk.now().as_second().saturating_sub(held.entry.begun());
    let wants_answer = !held.entry.is_delivered() && age < KEPT;
    match held.entry.state() {
        State::Noted => {
            close::not_sent(desk, &held.entry, "never signed")?;
            return held.close().map(|()| None);
        }
        // It is known what became of it, and nobody wants its answer any more.
        State::Released | State::Uncounted | State::Withheld => return Ok(None),
        State::Landed | State::Unknown if held.entry.is_delivered() => return Ok(None),
        State::Landed | State::Unknown => {}
    }
    if held.entry.is_being_released() {
        close::unpaid(desk, held, "expired")?;
        return Ok(None);
    }
    let progress = desk.connector.out.progress("looking for an earlier payment for this");
    // There must be time left for the payment itself.
    let fate = find(desk, &mut held, OWN.min(desk.remaining() / 3))?;
    drop(progress);
    let is_over = age >= RELEASE_AFTER;
    match fate {
        Fate::Landed(landed) => {
            if wants_answer {
                return Ok(Some(held));
            }
            close::paid(desk, &mut held, &landed)?;
            held.close().map(|()| None)
        }
        Fate::Unpaid if held.entry.answer.is_some() && wants_answer => Ok(Some(held)),
        Fate::Unpaid => {
            close::unpaid(desk, held, "expired")?;
            Ok(None)
        }
        Fate::TooEarly(_) if held.entry.answer.is_some() && wants_answer => Ok(Some(held)),
        Fate::TooEarly(until) => {
            desk.connector.out.note(&format!(
                "an earlier payment of {} for this can't be taken any more; it counts until {}",
                held.entry.price.written(held.entry.price.gross),
                clock_time(until),
            ));
            Ok(None)
        }
        // No endpoint proves it, and it can't be taken any more by the local clock: it goes on counting, and blocks nothing.
        Fate::Unknown(reason) if is_over && held.entry.answer.is_none() => {
            desk.connector.out.note(&format!(
                "an earlier payment of {} for this goes on counting: {}",
                held.entry.price.written(held.entry.price.gross),
                escape(&reason),
            ));
            Ok(None)
        }
        Fate::Unknown(_) => Ok(Some(held)),
    }
}

/// Looks after payments that nobody waits for, when the output of the command is out: few of them, and for a moment. What they
/// come to is no affair of this command's.
pub fn look_after_others(desk: &Desk<'_>) {
    let begun = std::time::Instant::now();
    let _ = desk.journal.sweep();
    let waiting = desk.journal.waiting(OTHERS_REST).unwrap_or_default();
    let mut looked = 0;
    for id in waiting {
        let left = OTHERS_TIME.saturating_sub(begun.elapsed()).min(desk.remaining());
        if looked >= OTHERS || left.is_zero() {
            return;
        }
        let Ok(Some(held)) = desk.journal.take_to_look(&id) else { continue };
        held.looked_at();
        if rests(desk, &held.entry) {
            continue;
        }
        looked += 1;
        if let Err(error) = look_after(desk, held, left)
            && desk.connector.out.verbose > 0
        {
            desk.connector.out.note(&format!("payment `{id}`: {error}"));
        }
    }
}

/// Whether there is nothing to do for a payment at this moment.
fn rests(desk: &Desk<'_>, entry: &Entry) -> bool {
    let now = desk.now().as_second();
    match entry.state() {
        State::Landed if !entry.is_delivered() => {
            now.saturating_sub(entry.begun()) < KEPT && entry.receipt_is_written
        }
        State::Released => entry.released_at.is_some_and(|at| now.saturating_sub(at) < CALM_REST),
        State::Uncounted => true,
        _ => false,
    }
}

/// Brings a payment as far as the chain knows it, within this time.
pub(crate) fn look_after(desk: &Desk<'_>, mut held: Held, within: Duration) -> Result<Looked, Error> {
    match held.entry.state() {
        State::Noted => {
            close::not_sent(desk, &held.entry, "never signed")?;
            return held.close().map(|()| Looked::GivenBack);
        }
        State::Released => return doubt(desk, held, within),
        State::Uncounted => return Ok(Looked::Uncounted),
        State::Unknown | State::Landed => {}
        // One endpoint's word was not enough, and what it said then isn't relied on.
        State::Withheld => held.entry.outcome = None,
    }
    let why = if held.entry.answer.is_some() { "not_settled" } else { "expired" };
    let fate = if held.entry.is_being_released() { Fate::Unpaid } else { find(desk, &mut held, within)? };
    match fate {
        Fate::Landed(landed) => {
            let receipt = close::paid(desk, &mut held, &landed)?;
            keep_or_close(desk, held)?;
            Ok(Looked::Paid(receipt))
        }
        Fate::Unpaid => Ok(match close::unpaid(desk, held, why)? {
            Unpaid::GivenBack => Looked::GivenBack,
            Unpaid::Withheld(why) => Looked::Counts(why),
            Unpaid::WasPaid => Looked::Nothing,
        }),
        Fate::TooEarly(until) => {
            Ok(Looked::Counts(format!("it can't be taken any more, and counts until {}", clock_time(until))))
        }
        Fate::Unknown(reason) => Ok(Looked::Counts(reason)),
    }
}

/// Ends a payment that is counted and has its receipt; one whose answer wasn't delivered is kept for it.
pub(crate) fn keep_or_close(desk: &Desk<'_>, mut held: Held) -> Result<(), Error> {
    let age = desk.now().as_second().saturating_sub(held.entry.begun());
    if held.entry.is_delivered() || age >= KEPT {
        return held.close();
    }
    held.entry.receipt_is_written = true;
    held.note()
}

/// Looks again for a payment that was given back on one endpoint's word.
fn doubt(desk: &Desk<'_>, mut held: Held, within: Duration) -> Result<Looked, Error> {
    let since = held.entry.released_at.unwrap_or_default();
    // Proof that it landed stays proof.
    let said = held.entry.outcome.take_if(|said| !matches!(said, Ended::Landed { .. }));
    let fate = find(desk, &mut held, within)?;
    if let Fate::Landed(landed) = fate {
        // Fails, and notes that it isn't counted; unless it is by now.
        return match close::paid(desk, &mut held, &landed) {
            Ok(receipt) => {
                held.entry.released_at = None;
                keep_or_close(desk, held).map(|()| Looked::Paid(receipt))
            }
            Err(_) if held.entry.uncounted => Ok(Looked::Uncounted),
            Err(error) => Err(error),
        };
    }
    if fate == Fate::Unpaid {
        // Noted to be released, it may not have been yet; and what a grant withheld may have room by now.
        close::release_again(desk, &held.entry)?;
    }
    let is_confirmed = matches!(
        held.entry.outcome,
        Some(Ended::Failed { witnesses: Witnesses::Two } | Ended::Expired { witnesses: Witnesses::Two })
    );
    let is_old = desk.now().as_second().saturating_sub(since) >= DOUBTED;
    if is_confirmed || is_old && fate == Fate::Unpaid {
        held.close()?;
        return Ok(Looked::GivenBack);
    }
    held.entry.outcome = held.entry.outcome.take().or(said);
    if let Some(signed) = held.entry.signed.as_mut().filter(|_| fate == Fate::Unpaid) {
        signed.payment.forget_searches();
    }
    held.note()?;
    Ok(Looked::Nothing)
}

/// Whether today's policy lets a payment that was signed under an earlier one be sent. It counts already, so it is judged as
/// if it were the first of the day.
fn may_be_sent_again(desk: &Desk<'_>, entry: &Entry) -> Result<(), Error> {
    let gross = Usd::from_atomic(entry.price.gross).to_string();
    let spend = Spend { url: &entry.asked.url, price: Some(&gross) };
    let Err(denial) = evaluate(&desk.effective.rules, &spend, &Spent { spent: Usd::ZERO, replay: false })
    else {
        return Ok(());
    };
    let message = format!(
        "an earlier run signed a payment of {} for this, which isn't sent again: {}",
        entry.price.written(entry.price.gross),
        denial.detail
    );
    Err(Error::new(Kind::Refused, denial.reason.as_str(), message)
        .hint("it counts until it is void: `leash payments list`; `leash policy explain` shows what may be paid")
        .with_fields(refuse::fields(desk, &entry.asked, Some(&entry.price))))
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
        return Err(Error::new(Kind::Refused, ABOVE_MAX, message)
            .hint("with a higher `--max` it is sent again; else wait two minutes, after which it is void"));
    }
    if held.entry.answer.is_none() {
        may_be_sent_again(desk, &held.entry)?;
    }
    desk.connector.out.note(&format!(
        "an earlier run was cut off; its payment of {} for {} is used, and no other made",
        price.written(price.gross),
        escape(&held.entry.asked.url)
    ));
    if held.entry.answer.is_some() {
        return conclude::finish(desk, held, output, true);
    }
    send::send(desk, request, held, output, false)
}
