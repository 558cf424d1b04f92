//! What a seller says of a payment that it took.

use leash_chain::Signature;

use crate::decode::{base64_json, text};

/// A transaction that the seller says has settled the payment. It is a claim: only the chain knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub transaction: Signature,
}

impl Settlement {
    /// Why the seller could not settle it, where that is said.
    #[must_use]
    pub fn error<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let told = |name: &str| text(&base64_json(header(name)?)?, "errorReason");
        told("payment-response").or_else(|| told("x-payment-response"))
    }

    /// Reads the headers of an answer.
    #[must_use]
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let claimed = |name: &str, member: &str| {
            let document = base64_json(header(name)?)?;
            if document.get("success") == Some(&leash_js::Value::Bool(false)) {
                return None;
            }
            text(&document, member)?.parse().ok()
        };
        let transaction = claimed("payment-response", "transaction")
            .or_else(|| claimed("x-payment-response", "transaction"))
            .or_else(|| claimed("x-payment-receipt", "tx"))
            .or_else(|| header("x-leash-tx-sig")?.parse().ok())?;
        Some(Self { transaction })
    }
}
