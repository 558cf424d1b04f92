//! One payment, from the request to what it bought.

use leash_output::Error;

use crate::{
    deliver::{self, Output},
    desk::Desk,
    entry::Asked,
    limits::Max,
    plan::{self, Answered},
    purse::Purse,
    refuse,
    request::Request,
    resume, send,
};

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
