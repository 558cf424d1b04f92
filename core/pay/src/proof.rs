//! The header by which a request is paid.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_js::{Value, object};

use crate::{Offer, Protocol};

impl Offer {
    /// The name of the header that carries a payment.
    #[must_use]
    pub const fn header_name(&self) -> &'static str {
        match self.protocol {
            Protocol::X402V1 => "x-payment",
            Protocol::X402V2 => "payment-signature",
            Protocol::Mpp => "authorization",
        }
    }

    /// Its value: the signed transaction, in base64, and what it is for.
    #[must_use]
    pub fn header_value(&self, transaction: &str) -> String {
        let encoded = STANDARD.encode(self.proof(transaction).to_json());
        if self.protocol == Protocol::Mpp { format!("PaymentScheme {encoded}") } else { encoded }
    }

    /// The document in that header.
    #[must_use]
    pub fn proof(&self, transaction: &str) -> Value {
        let payload = || object([("transaction", Value::text(transaction))]);
        match self.protocol {
            Protocol::X402V1 => object([
                ("x402Version", Value::integer(1)),
                ("scheme", Value::text("exact")),
                ("network", Value::text(self.network_name.as_str())),
                ("payload", payload()),
            ]),
            Protocol::X402V2 => {
                let mut members =
                    vec![("x402Version".into(), Value::integer(2)), ("payload".into(), payload())];
                members.extend(self.resource.clone().map(|resource| ("resource".into(), resource)));
                members.push(("accepted".into(), self.asked.clone()));
                Value::Object(members)
            }
            Protocol::Mpp => object([
                ("v", Value::text("1")),
                ("challengeId", Value::text_or_null(self.challenge_id.as_deref())),
                ("signedTx", Value::text(transaction)),
            ]),
        }
    }
}
