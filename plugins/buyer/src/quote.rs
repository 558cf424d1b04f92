//! `leash quote`: what a paywall offers, without an agent.

use leash_connect::Connector;
use leash_output::Error;
use leash_pay::Selector;
use serde_json::json;

use crate::{
    offers,
    plan::{nothing_to_pay, paywall, redirect, unanswered},
    request::Request,
    web::ask,
};

/// Says what a paywall offers, and pays nothing.
///
/// # Errors
/// Where it doesn't answer, or asks for nothing that leash could pay.
pub fn quote(connector: Connector<'_>, request: &Request, selector: &Selector) -> Result<(), Error> {
    let progress = connector.out.progress("asking for the price");
    let answer = ask(connector, &request.with(None), connector.timeout()?)?.map_err(unanswered)?;
    drop(progress);
    let head = |status: &str| json!({ "kind": "quote", "status": status, "url": request.url, "method": request.method, "response_status": answer.status });
    match answer.status {
        402 => {}
        200..=299 => {
            let mut document = head("ok");
            document["free"] = json!(true);
            document["offers"] = json!([]);
            return connector.out.result(&document, || "it costs nothing".to_owned());
        }
        300..=399 => return Err(redirect(&answer)),
        _ => return Err(nothing_to_pay(&answer)),
    }
    let paywall = paywall(&answer).map_err(|refusal| {
        Error::failure(refusal.code, refusal.reason).hint("check the URL, or tell whoever runs it")
    })?;
    let mut candidates = paywall.candidates(None);
    candidates.narrow(selector);
    let best = candidates.best().map(|(place, _)| place);
    let mut document = head(if best.is_some() { "ok" } else { "error" });
    document["free"] = json!(false);
    document["offers"] = json!(offers::items(&candidates, best));
    connector.out.result(&document, || offers::lines(&candidates, best).join("\n"))?;
    match best {
        Some(_) => Ok(()),
        None => Err(Error::reported_negative()),
    }
}
