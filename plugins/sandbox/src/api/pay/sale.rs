//! One request to a link: what it asks for, and how it is answered once it is paid.

use base64ct::{Base64, Encoding as _};
use leash_signature::Envelope as Signed;
use sha2::{Digest as _, Sha256};

use super::{Sandbox, envelope::Envelope, goods, webhook};
use crate::{
    api::{Answer, Request},
    js::{Text, Value, json, object},
    store::{
        links::Link,
        payments::{Kept, Payment},
    },
};

/// A request to a link.
pub(super) struct Sale<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) request: &'a Request,
    pub(super) link: &'a Link,
}

impl Sale<'_> {
    /// What was asked for.
    pub(super) fn url(&self) -> String {
        format!("{}{}", self.sandbox.origin, self.request.target().signed)
    }

    /// What a payment is given for, hashed: this request to this link, and no other.
    pub(super) fn purpose(&self) -> String {
        let hash = Sha256::new()
            .chain_update(self.link.network.as_str())
            .chain_update([0])
            .chain_update(&self.link.id)
            .chain_update([0])
            .chain_update(self.request.method())
            .chain_update([0])
            .chain_update(&self.request.target().signed)
            .chain_update([0])
            .chain_update(Signed::hash_body(self.request.body()));
        Base64::encode_string(&hash.finalize())
    }

    /// What the seller gives for it.
    pub(super) fn goods(&self) -> Answer {
        goods::answer(self.link, self.request)
    }

    /// The answer to a payment that was settled. `proof` is the protocol's own header.
    pub(super) fn deliver(
        &self,
        payment: &Payment,
        proof: (&'static str, &Value),
        is_first: bool,
    ) -> Option<Answer> {
        let goods = payment.answer.as_ref().and_then(unkept)?;
        let (name, proof) = proof;
        let goods = goods.with(name, Base64::encode_string(proof.to_json().as_bytes()));
        let receipt = json::parse(payment.receipt.as_ref()?.as_bytes()).ok()?;
        if goods.status >= 400 {
            return Some(goods);
        }
        let envelope = Envelope::of(&receipt, self.link.network, &self.sandbox.origin);
        if is_first && let Some(url) = &self.link.webhook_url {
            webhook::post(url, &envelope, &goods);
        }
        let mut goods = envelope.stamp(goods);
        if self.link.wrap_receipt && goods.content_type.contains("application/json") {
            let wrapped = object([("data", webhook::body(&goods)), ("_leash", envelope.document().clone())]);
            goods.body = wrapped.to_json().into_bytes();
        }
        Some(goods)
    }
}

/// The seller's answer as it is kept.
pub(super) fn kept(answer: &Answer) -> Kept {
    let header = |(name, value): &(std::borrow::Cow<'_, str>, String)| {
        Value::List(vec![Value::text(name.as_ref()), Value::text(value.as_str())])
    };
    Kept {
        status: answer.status,
        content_type: answer.content_type.clone().into_owned(),
        headers: Value::List(answer.headers.iter().map(header).collect()).to_json(),
        body: Some(answer.body.clone()),
    }
}

/// The answer that was kept; `None` where it no longer is.
fn unkept(kept: &Kept) -> Option<Answer> {
    let mut answer = Answer::stored(kept.status, kept.body.clone()?).typed(kept.content_type.clone());
    if let Ok(Value::List(headers)) = json::parse(kept.headers.as_bytes()) {
        for header in &headers {
            if let Value::List(pair) = header
                && let [Value::Text(name), Value::Text(value)] = pair.as_slice()
            {
                answer = answer.with(Text::to_lossy(name), value.to_lossy());
            }
        }
    }
    Some(answer)
}
