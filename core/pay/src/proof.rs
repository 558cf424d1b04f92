//! The header by which a request is paid.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use leash_chain::Signature;
use leash_js::{Text, Value, object};

use crate::{
    Offer, Protocol, hash,
    offer::{Echo, Form},
};

/// The x402 extension by which a payment that is sent twice is recognised.
const PAYMENT_IDENTIFIER: &str = "payment-identifier";

impl Offer {
    /// The name of the header that carries a payment, in lower case.
    #[must_use]
    pub fn header_name(&self) -> &'static str {
        match (&self.echo, self.protocol) {
            (Echo::Mpp(challenge), _) => challenge.header(),
            (_, Protocol::X402V1) => "x-payment",
            (_, Protocol::X402V2) => "payment-signature",
            _ => "authorization",
        }
    }

    /// Its value: the signed transaction, in base64, and what it is for. The same transaction gives the same value, so that
    /// what is sent again is what was sent.
    #[must_use]
    pub fn header_value(&self, transaction: &str) -> String {
        let proof = self.proof(transaction);
        match self.protocol {
            Protocol::X402V1 | Protocol::X402V2 => STANDARD.encode(proof.to_json()),
            Protocol::LeashMpp => format!("PaymentScheme {}", STANDARD.encode(proof.to_json())),
            Protocol::Mpp => format!("Payment {}", URL_SAFE_NO_PAD.encode(hash::canonical(&proof))),
        }
    }

    /// The header's value for a payment that the agent sent to the chain itself (MPP's push mode). Only where nobody else
    /// pays the network's fee.
    #[must_use]
    pub fn pushed_header_value(&self, signature: &Signature) -> Option<String> {
        let Echo::Mpp(challenge) = &self.echo else { return None };
        let payload =
            object([("type", Value::text("signature")), ("signature", Value::text(signature.to_string()))]);
        let proof = object([("challenge", challenge.echo()), ("payload", payload)]);
        let encoded = URL_SAFE_NO_PAD.encode(hash::canonical(&proof));
        self.fee_payer.is_none().then(|| format!("Payment {encoded}"))
    }

    /// Whether the agent may send the payment to the chain itself, and hand over its signature.
    #[must_use]
    pub const fn can_be_pushed(&self) -> bool {
        matches!(self.echo, Echo::Mpp(_)) && self.fee_payer.is_none()
    }

    /// Whether the payment is written in leash's own layout, in which the fee payer makes missing accounts. In the standard
    /// layout each recipient's token account has to be there, but for splits that the sponsor has made.
    #[must_use]
    pub const fn creates_accounts(&self) -> bool {
        matches!(self.form, Form::Leash)
    }

    /// The document in that header.
    #[must_use]
    pub fn proof(&self, transaction: &str) -> Value {
        let payload = || object([("transaction", Value::text(transaction))]);
        match &self.echo {
            Echo::X402 { network, .. } if self.protocol == Protocol::X402V1 => object([
                ("x402Version", Value::integer(1)),
                ("scheme", Value::text("exact")),
                ("network", Value::text(network.as_str())),
                ("payload", payload()),
            ]),
            Echo::X402 { asked, resource, extensions, .. } => {
                let mut members =
                    vec![("x402Version".into(), Value::integer(2)), ("payload".into(), payload())];
                members.extend(resource.clone().map(|resource| ("resource".into(), resource)));
                members.push(("accepted".into(), asked.clone()));
                let extensions = extensions.as_ref().map(|echo| self::extensions(echo, transaction));
                members.extend(extensions.map(|extensions| ("extensions".into(), extensions)));
                Value::Object(members)
            }
            Echo::Mpp(challenge) => {
                let payload =
                    object([("type", Value::text("transaction")), ("transaction", Value::text(transaction))]);
                object([("challenge", challenge.echo()), ("payload", payload)])
            }
            Echo::LeashMpp { .. } => object([
                ("v", Value::text("1")),
                ("challengeId", Value::text_or_null(self.challenge_id.as_deref())),
                ("signedTx", Value::text(transaction)),
            ]),
        }
    }
}

/// The extensions as the paywall wrote them, and in the one that leash knows an id of the payment. The id is made of the
/// signed transaction: the same for what is sent again, another one for another signature.
fn extensions(echo: &Value, transaction: &str) -> Value {
    let mut echo = echo.clone();
    if let Some(info) = member(&mut echo, PAYMENT_IDENTIFIER).and_then(|known| member(known, "info"))
        && info.get("id").is_none()
        && let Value::Object(members) = info
    {
        let id = format!("pay_{}", &hash::hex(transaction)[..32]);
        members.push((Text::from("id"), Value::text(id)));
    }
    echo
}

fn member<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(members) => members.iter_mut().find(|(key, _)| key.is(name)).map(|(_, value)| value),
        _ => None,
    }
}
