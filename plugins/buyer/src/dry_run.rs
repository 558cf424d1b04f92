//! `leash pay --dry-run`: what would be paid, whether it may be, and what else is offered.

use leash_output::{Error, Kind, escape};
use serde_json::{Value, json};

use crate::{
    KIND, deliver,
    desk::Desk,
    entry::{Asked, Price},
    limits::Max,
    offers,
    plan::{self, Answered, Failure},
    refuse,
    request::Request,
};

/// Says what would be paid, and pays nothing.
///
/// # Errors
/// Why it would not be paid.
pub fn dry_run(desk: &Desk<'_>, request: &Request, max: Max) -> Result<(), Error> {
    desk.stop.check()?;
    let asked = Asked::new(request);
    let weighed = match plan::ask(desk, request, true)? {
        Answered::Free(answer) => {
            let document = json!({
                "kind": KIND, "status": "dry_run", "url": asked.url, "method": asked.method,
                "agent_mint": desk.account.mint, "network": desk.account.network.as_str(), "free": true,
                "paid_amount_atomic": "0", "response_status": answer.status,
            });
            return desk.connector.out.result(&document, || "it costs nothing".to_owned());
        }
        Answered::Priced(weighed) => *weighed,
    };
    let place = weighed.chosen.as_ref().ok().map(|(place, ..)| *place);
    let offers = offers::items(&weighed.candidates, place);
    let (_, _, price) = match weighed.chosen {
        Ok(chosen) => chosen,
        Err(failure) => return Err(would_not(desk, &asked, *failure, max, offers)),
    };
    let mut fields = fields(desk, &asked, Some(&price), offers);
    fields.insert("decision".into(), json!("allow"));
    let mut document = json!({ "kind": KIND, "status": "dry_run" });
    if let Some(members) = document.as_object_mut() {
        members.extend(fields);
    }
    desk.connector.out.result(&document, || {
        let lines: Vec<_> = price.lines(&asked.url).iter().map(|line| escape(line).into_owned()).collect();
        let mut text = format!("would {}\nnothing was signed or paid", lines.join("\n      "));
        if weighed.candidates.len() > 1 {
            text.push_str("\noffers:\n");
            text.push_str(&offers::lines(&weighed.candidates, place).join("\n"));
        }
        text
    })
}

fn fields(
    desk: &Desk<'_>,
    asked: &Asked,
    price: Option<&Price>,
    offers: Vec<Value>,
) -> serde_json::Map<String, Value> {
    let mut fields = refuse::fields(desk, asked, price);
    if let Some(price) = price {
        deliver::price_fields(&mut fields, price);
    }
    fields.insert("offers".into(), Value::Array(offers));
    fields
}

fn would_not(desk: &Desk<'_>, asked: &Asked, failure: Failure, max: Max, offers: Vec<Value>) -> Error {
    match failure {
        Failure::NoOffer(refusal, network) => {
            let mut fields = fields(desk, asked, None, offers);
            fields.extend(plan::network_field(network));
            plan::no_offer(&refusal, &asked.url).with_fields(fields)
        }
        Failure::Denied(denial, price) => {
            let mut fields = fields(desk, asked, Some(&price), offers);
            fields.insert("decision".into(), json!("deny"));
            fields.insert("reason".into(), json!(denial.reason.as_str()));
            let (code, hint) = refuse::why(&denial, max.binds);
            Error::new(Kind::Refused, code, format!("would not be paid: {}", denial.detail))
                .hint(hint)
                .with_fields(fields)
        }
        Failure::Lacking((_, error), price) => error.with_fields(fields(desk, asked, Some(&price), offers)),
        Failure::Usage(error) => error,
    }
}
