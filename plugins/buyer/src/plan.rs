//! From the request to what would be paid: the first question to the paywall, and what its answer may mean.

use leash_api::WebAnswer;
use leash_chain::treasury;
use leash_connect::api_error;
use leash_output::{Error, Kind, escape};
use leash_pay::{Offer, choose, read};
use leash_policy::{Request as Spend, evaluate};
use serde_json::json;

use crate::{
    desk::Desk,
    entry::{Asked, Price},
    refuse,
    request::Request,
};

pub(crate) enum Plan {
    /// It costs nothing: this is it.
    Free(WebAnswer),
    /// It costs this.
    Pay(Box<(Offer, Price)>),
}

/// Asks without a payment, unless the policy bans the host.
pub(crate) fn make(desk: &Desk<'_>, request: &Request, dry: bool) -> Result<Plan, Error> {
    let asked = Asked::new(request);
    let state = desk.ledger.state(desk.now(), None)?;
    if let Err(denial) = evaluate(&desk.effective.rules, &Spend { url: &asked.url, price: None }, &state) {
        return Err(if dry {
            Error::new(Kind::Refused, denial.reason.as_str(), format!("would not be paid: {}", denial.detail))
                .hint("`leash policy explain` shows what may be paid")
        } else {
            refuse::deny(desk, &asked, None, &denial, false)?
        });
    }
    let progress = desk.connector.out.progress("asking for the price");
    let answer = desk.ask(&request.with(None))?.map_err(|error| unreachable(desk, &asked, error))?;
    drop(progress);
    match answer.status {
        402 => {}
        200..=299 => return Ok(Plan::Free(answer)),
        300..=399 => return Err(redirect(desk, &asked, &answer)),
        status => {
            let mut fields = refuse::fields(desk, &asked, None);
            fields.insert("response_status".into(), json!(status));
            fields.insert("response_body".into(), json!(std::str::from_utf8(&answer.body).ok()));
            let said = excerpt(&answer.body);
            let error =
                Error::failure("http_status", format!("nothing to pay for: it answered {status}{said}"));
            return Err(error.hint("check URL and `--method`").with_fields(fields));
        }
    }
    let chosen = read(|name| answer.header(name), &answer.body).and_then(|asks| choose(&asks, &desk.terms));
    let offer = match chosen {
        Ok(offer) => offer,
        Err(refusal) => {
            let message = format!("the paywall isn't paid: {}", refusal.reason);
            let error =
                Error::failure(refusal.code, message).hint("nothing was signed; tell whoever runs it");
            return Err(if dry { error } else { refuse::reject(desk, &asked, None, refusal.code, error)? });
        }
    };
    if offer.header_name() == "authorization" && request.has_header("authorization") {
        return Err(Error::usage(
            "the paywall wants to be paid by the header `authorization`, which was typed",
        )
        .hint("leave out `--header 'Authorization: …'`"));
    }
    let source = offer.token.account_of(&treasury(&desk.account.mint)).to_string();
    let price = Price::of(&offer, desk.account.network, source)
        .ok_or_else(|| Error::failure("bad_amount", "it asks for more than an amount can be"))?;
    Ok(Plan::Pay(Box::new((offer, price))))
}

fn unreachable(desk: &Desk<'_>, asked: &Asked, error: leash_api::Error) -> Error {
    use leash_api::Error as E;
    let (kind, hint) = match &error {
        E::InsecureUrl { .. } => (Kind::Usage, "use `https`, or allow plain http with `--allow-http`"),
        E::Timeout { .. } => (Kind::Failure, "nothing was paid; allow more time with `--timeout`"),
        E::TooLarge { .. } | E::Malformed { .. } => (Kind::Failure, "nothing was paid; tell whoever runs it"),
        _ => (Kind::Failure, "nothing was paid; check the URL and the network"),
    };
    let code = error.code().to_owned();
    Error::new(kind, code, api_error(error).message().to_owned())
        .hint(hint)
        .with_fields(refuse::fields(desk, asked, None))
}

fn redirect(desk: &Desk<'_>, asked: &Asked, answer: &WebAnswer) -> Error {
    let to = answer.header("location").unwrap_or("nowhere");
    let mut fields = refuse::fields(desk, asked, None);
    fields.insert("response_status".into(), json!(answer.status));
    let message = format!("it answered {}, a redirect to `{}`", answer.status, escape(to));
    Error::failure("redirect", message)
        .hint("nothing was paid; if that is what you mean, pay it by its own URL")
        .with_fields(fields)
}

/// The beginning of a body, to be put behind a status.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(&body[..body.len().min(800)]).chars().take(200).collect();
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {}", escape(text)) }
}
