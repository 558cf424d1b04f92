//! What the paywall answered to a payment, and what follows from it.

use std::time::Duration;

use leash_api::WebAnswer;
use leash_output::{Error, Kind, command, escape};
use leash_pay::{Offer, Outcome, SettlementReport};
use serde_json::json;

use crate::{
    close,
    deliver::{self, Output, Report},
    desk::Desk,
    entry::Answer,
    journal::Held,
    outcome::{Fate, SETTLING, wait},
    plan::{excerpt, paywall},
    refuse,
};

/// How long to look for a payment that nobody says was settled.
const GLANCE: Duration = Duration::from_millis(1_600);

/// The gross, in words.
pub(crate) fn undecided(held: &Held) -> String {
    held.entry.price.written(held.entry.price.gross)
}

pub(crate) fn answered(
    desk: &Desk<'_>,
    mut held: Held,
    answer: &WebAnswer,
    output: Output<'_>,
    resumed: bool,
) -> Result<(), Error> {
    let report = SettlementReport::read(|name| answer.header(name));
    let is_settled = report.outcome == Outcome::Settled;
    let claimed = report.transaction.filter(|_| is_settled).map(|transaction| transaction.to_string());
    if answer.status == 402 || answer.status >= 300 && claimed.is_none() {
        return Err(refused(desk, held, answer)?);
    }
    held.keep(&answer.body)?;
    held.entry.answer = Some(Answer {
        status: answer.status,
        content_type: answer.header("content-type").map(str::to_owned),
        claimed,
        seller_receipt: answer.header("x-leash-receipt-hash").map(str::to_owned),
        payment_receipt: report.receipt,
        unsettled: (report.outcome == Outcome::Failed)
            .then(|| report.reason.unwrap_or_else(|| "it gives no reason".to_owned())),
        delivered: false,
    });
    held.note()?;
    finish(desk, held, output, resumed)
}

/// From an answer that was written down to its delivery.
pub(crate) fn finish(
    desk: &Desk<'_>,
    mut held: Held,
    output: Output<'_>,
    resumed: bool,
) -> Result<(), Error> {
    let Some(answer) = held.entry.answer.clone() else {
        return Err(Error::failure("internal", "a payment without an answer"));
    };
    let body = held.body()?;
    let progress = desk.connector.out.progress("finding the payment on the chain");
    let within = if answer.claimed.is_some() { SETTLING } else { GLANCE };
    let fate = wait(desk, &mut held, within)?;
    drop(progress);
    let handed = output.is_handed();
    let mut report = Report { entry: held.entry.clone(), landed: None, receipt: None, body, resumed };
    match fate {
        Fate::Landed(landed) => {
            report.receipt = Some(close::paid(desk, &mut held, &landed)?);
            report.landed = Some(landed);
            // Who is killed while publishing can have the answer again, so that is closed last.
            arrived(deliver::paid(desk, &report, output), || {
                if handed {
                    delivered(&mut held)?;
                }
                close::publish(desk);
                held.close()
            })?;
        }
        Fate::Unpaid => {
            let said = said_unsettled(&answer);
            desk.connector.out.warn(&format!("the seller answered, and the payment never took place{said}"));
            arrived(deliver::paid(desk, &report, output), || {
                delivered(&mut held)?;
                close::unpaid(desk, held, "not_settled").map(|_| close::publish(desk))
            })?;
        }
        Fate::TooEarly(_) | Fate::Unknown(_) => {
            let why = if let Fate::Unknown(reason) = &fate {
                format!(" ({})", escape(reason))
            } else {
                String::new()
            };
            desk.connector.out.warn(&format!(
                "the seller answered{}, and the chain doesn't show the payment yet{why}; it counts as spent, and `{}` looks again",
                said_unsettled(&answer),
                command("payments resolve")
            ));
            arrived(deliver::paid(desk, &report, output), || delivered(&mut held))?;
        }
    }
    report.verdict(desk)
}

/// What the seller says of a settlement that failed. It is no proof.
fn said_unsettled(answer: &Answer) -> String {
    answer.unsettled.as_ref().map_or_else(String::new, |reason| {
        format!(" and says that the payment wasn't settled ({})", escape(reason))
    })
}

fn delivered(held: &mut Held) -> Result<(), Error> {
    if let Some(answer) = &mut held.entry.answer {
        answer.delivered = true;
    }
    held.note()
}

/// Goes on where the answer arrived, or its reader went away; else it is kept.
fn arrived(delivered: Result<(), Error>, then: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    match delivered {
        Err(error) if error.kind() != Kind::BrokenPipe => {
            let message = format!("paid, and the answer couldn't be written: {error}");
            Err(Error::failure(error.code().to_owned(), message)
                .hint("it is kept: run the same command again within the hour, which pays nothing"))
        }
        delivered => then().and(delivered),
    }
}

/// The paywall did not take the payment, or says so.
fn refused(desk: &Desk<'_>, mut held: Held, answer: &WebAnswer) -> Result<Error, Error> {
    let why = reason(desk, &held, answer);
    let mut fields = refuse::fields(desk, &held.entry.asked, Some(&held.entry.price));
    fields.insert("response_status".into(), json!(answer.status));
    fields.insert("response_body".into(), json!(std::str::from_utf8(&answer.body).ok()));
    let gross = undecided(&held);
    let (code, message, hint) = match wait(desk, &mut held, GLANCE)? {
        Fate::Landed(landed) => {
            held.entry.answer = Some(Answer {
                status: answer.status,
                content_type: None,
                claimed: Some(landed.transaction.to_string()),
                seller_receipt: None,
                payment_receipt: None,
                unsettled: None,
                delivered: true,
            });
            let receipt = close::paid(desk, &mut held, &landed)?;
            close::publish(desk);
            held.close()?;
            fields.insert("decision".into(), json!("allow"));
            fields.insert("tx_signature".into(), json!(landed.transaction));
            fields.insert("receipt_hash".into(), json!(receipt));
            let hint = "the money is gone: take it up with the seller, who is named by the transaction";
            let transaction = landed.transaction;
            ("paid_without_answer", format!("{gross} were paid ({transaction}), and {why}"), hint)
        }
        Fate::Unpaid => {
            let receipt = close::rejected(desk, &held, "rejected")?;
            close::unpaid(desk, held, "rejected")?;
            fields.insert("decision".into(), json!("rejected"));
            fields.insert("receipt_hash".into(), json!(receipt));
            ("payment_rejected", format!("not paid: {why}"), "nothing was paid")
        }
        Fate::TooEarly(_) | Fate::Unknown(_) => {
            let receipt = close::rejected(desk, &held, "rejected")?;
            held.entry.rejected = true;
            held.note()?;
            fields.insert("decision".into(), json!("rejected"));
            fields.insert("receipt_hash".into(), json!(receipt));
            let hint = "no other payment was signed; this one can still be taken for a minute or so, and counts until it is \
                        known that it wasn't: `leash payments list`; the same command sends it again";
            ("payment_rejected", format!("not paid so far: {why}"), hint)
        }
    };
    close::publish(desk);
    Ok(Error::failure(code, message).hint(hint).with_fields(fields))
}

/// Why, as the paywall says it, or as its second demand shows.
fn reason(desk: &Desk<'_>, held: &Held, answer: &WebAnswer) -> String {
    let status = answer.status;
    if status != 402 {
        return format!("it answered {status}{}", excerpt(&answer.body));
    }
    let paywall = paywall(answer).ok();
    let price = &held.entry.price;
    let candidates = paywall.as_ref().map(|paywall| paywall.candidates(Some(&desk.terms)));
    let is_paid = |offer: &Offer| {
        (offer.token.mint.to_string(), offer.net, offer.to.to_string())
            == (price.asset.clone(), price.net, price.to.clone())
    };
    let changed = candidates.and_then(|candidates| match candidates.payable().first() {
        None => Some(candidates.refusal().reason),
        Some(_) if candidates.payable().iter().any(|(_, offer)| is_paid(offer)) => None,
        Some((_, offer)) if (offer.token.mint.to_string(), offer.net) == (price.asset.clone(), price.net) => {
            Some(format!("asks for a payment to {}", offer.to))
        }
        Some((_, offer)) => {
            let (gross, _) = offer.gross()?;
            let other = leash_chain::format_amount(gross, offer.token.decimals);
            Some(format!(
                "asks for {other} {} in place of {}",
                offer.token.symbol,
                price.written(price.gross)
            ))
        }
    });
    let told = SettlementReport::read(|name| answer.header(name)).reason;
    let told = told.or_else(|| paywall.as_ref().and_then(leash_pay::Paywall::error));
    match (changed, told) {
        (Some(changed), _) => {
            format!("the paywall now asks for something else, which isn't paid: {}", escape(&changed))
        }
        (None, Some(error)) => format!("the paywall did not take the payment: {}", escape(&error)),
        (None, None) => format!("the paywall did not take the payment{}", excerpt(&answer.body)),
    }
}
