//! Saying that nothing was paid: a receipt for it, and the error.

use leash_output::{Error, Kind};
use leash_policy::{ABOVE_MAX, Denial, Reason};
use leash_receipts::Decision;
use serde_json::{Map, Value, json};

use crate::{
    close::{publish, receipt},
    desk::Desk,
    entry::{Asked, Price},
};

/// The policy, or `--max`, says no.
pub(crate) fn deny(
    desk: &Desk<'_>,
    asked: &Asked,
    price: Option<&Price>,
    denial: &Denial,
    max: bool,
) -> Result<Error, Error> {
    let reason = denial.reason.as_str();
    let hash = note(desk, asked, price, Decision::Deny, reason)?;
    let (code, hint) = why(denial, max);
    let error = Error::new(Kind::Refused, code, format!("not paid: {}", denial.detail)).hint(hint);
    let mut fields = fields(desk, asked, price);
    fields.insert("decision".into(), json!("deny"));
    fields.insert("reason".into(), json!(reason));
    fields.insert("receipt_hash".into(), json!(hash));
    Ok(error.with_fields(fields))
}

/// The code and the hint of a denial. `max` is whether `--max` is below the policy's limit of one payment.
pub(crate) fn why(denial: &Denial, max: bool) -> (&'static str, &'static str) {
    if max && denial.reason == Reason::PerCallMax {
        (ABOVE_MAX.as_str(), "`--max` says what it may cost at most")
    } else {
        (
            denial.reason.as_str(),
            "`leash policy explain` shows what may be paid, `leash policy set` changes it",
        )
    }
}

/// The paywall asks for what isn't paid, or can't be.
pub(crate) fn reject(
    desk: &Desk<'_>,
    asked: &Asked,
    price: Option<&Price>,
    code: &'static str,
    error: Error,
) -> Result<Error, Error> {
    let hash = note(desk, asked, price, Decision::Rejected, code)?;
    let mut fields = fields(desk, asked, price);
    fields.insert("decision".into(), json!("rejected"));
    fields.insert("reason".into(), json!(code));
    fields.insert("receipt_hash".into(), json!(hash));
    Ok(error.with_fields(fields))
}

fn note(
    desk: &Desk<'_>,
    asked: &Asked,
    price: Option<&Price>,
    decision: Decision,
    reason: &str,
) -> Result<String, Error> {
    let draft = receipt::draft(desk, asked, price, desk.time(), decision, Some(reason.to_owned()));
    let hash = receipt::add(desk, &draft, |_| false)?;
    publish(desk);
    Ok(hash)
}

/// What an error's document says besides.
pub(crate) fn fields(desk: &Desk<'_>, asked: &Asked, price: Option<&Price>) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("url".into(), json!(asked.url));
    fields.insert("method".into(), json!(asked.method));
    fields.insert("agent_mint".into(), json!(desk.account.mint));
    fields.insert("network".into(), json!(desk.account.network.as_str()));
    fields.insert("quoted_amount_atomic".into(), json!(price.map(|price| price.gross.to_string())));
    if let Some(price) = price {
        fields.insert("protocol".into(), json!(price.protocol));
        fields.insert("currency".into(), json!(price.currency));
    }
    fields
}
