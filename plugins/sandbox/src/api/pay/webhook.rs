//! Telling the seller of a payment: one try, which nobody waits for.

use tokio::runtime::Handle;

use super::{envelope::Envelope, upstream};
use crate::{
    api::Answer,
    clock,
    js::{Value, json, object},
};

/// The answer's body as a value: JSON where it is, else its text; null where there is none.
pub(super) fn body(answer: &Answer) -> Value {
    if answer.body.is_empty() {
        return Value::Null;
    }
    json::parse(&answer.body).unwrap_or_else(|_| Value::text(String::from_utf8_lossy(&answer.body).as_ref()))
}

/// Posts the payment's summary and the answer. What becomes of it nobody learns; the receipts tell what happened.
pub(super) fn post(url: &str, envelope: &Envelope, answer: &Answer) {
    let document = object([
        ("v", Value::text("0.1")),
        ("kind", Value::text("leash.payment.settled")),
        ("ts", Value::text(clock::iso(clock::now()))),
        ("payment", envelope.document().clone()),
        ("response", body(answer)),
    ]);
    let Ok(url) = reqwest::Url::parse(url) else { return };
    let Ok(client) = upstream::client(url.scheme() == "https") else { return };
    let posted = client.post(url).header("content-type", "application/json").body(document.to_json());
    Handle::current().spawn(posted.send());
}
