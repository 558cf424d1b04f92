//! One payment, from the request to what it bought.

use leash_output::Error;
use leash_policy::{Denial, Request as Spend, Usd, evaluate};

use crate::{
    deliver::{self, Output},
    desk::Desk,
    entry::{Asked, Price},
    plan::{self, Answered},
    purse::Purse,
    refuse,
    request::Request,
    resume, send,
};

/// The most that one payment may cost, beside the policy's limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Max {
    /// How much; none where the policy's limits are all.
    pub(crate) most: Option<Usd>,
    /// Whether it is below the policy's limit.
    pub(crate) binds: bool,
}

impl Desk<'_> {
    /// Takes a limit in beside the policy's, which it can only tighten.
    pub fn limit(&mut self, most: Option<Usd>) -> Max {
        let binds = most.is_some_and(|most| most < self.effective.rules.per_call);
        if let Some(most) = most.filter(|_| binds) {
            self.effective.rules.per_call = most;
        }
        Max { most, binds }
    }
}

/// Buys what a paywall sells, once: a payment that was cut off is gone on with.
///
/// # Errors
/// Whatever kept it from being bought, or from arriving; what became of the money stands in the message.
pub fn buy(
    desk: &Desk<'_>,
    purse: &mut dyn Purse,
    request: &Request,
    max: Max,
    output: Output<'_>,
) -> Result<(), Error> {
    desk.stop.check()?;
    if desk.plugin.is_some() {
        // A plugin's run ends before its payer does.
        desk.journal.wait_for(&request.key(), desk.remaining())?;
    }
    // One that can't be read counts in the ledger; `leash doctor` names it.
    let (entries, _) = desk.journal.survey()?;
    resume::refuse_uncounted(&entries)?;
    if let Some(held) = resume::take(desk, &entries, &request.key())? {
        return resume::go_on(desk, request, held, output, max.most);
    }
    let asked = Asked::new(request);
    let weighed = match plan::ask(desk, request, false)? {
        Answered::Free(answer) => return deliver::free(desk, &asked, &answer, output),
        Answered::Priced(weighed) => *weighed,
    };
    let (_, offer, price) = match weighed.chosen {
        Ok(chosen) => chosen,
        Err(failure) => return Err(failure.refuse(desk, &asked, max)?),
    };
    // Nobody is asked about what is refused anyway.
    purse.agree(desk, &request.url, &price, &offer.payment(&desk.terms, || "memo".to_owned()))?;
    let held = match send::prepare(desk, purse, &offer, (asked.clone(), price.clone()), &entries)? {
        Ok(held) => held,
        Err(denial) => return Err(refuse::deny(desk, &asked, Some(&price), &denial, max.binds)?),
    };
    send::send(desk, request, held, output, true)
}

/// What the policy says at this moment.
pub(crate) fn judge(
    desk: &Desk<'_>,
    asked: &Asked,
    price: &Price,
    id: &str,
) -> Result<Result<(), Denial>, Error> {
    let key = price.replay_key(id);
    let state = desk.ledger.state(desk.now(), Some(&key))?;
    let gross = Usd::from_atomic(price.gross).to_string();
    Ok(evaluate(&desk.effective.rules, &Spend { url: &asked.url, price: Some(&gross) }, &state))
}
