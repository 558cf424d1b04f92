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
    /// Reads the headers of an answer.
    #[must_use]
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let claimed = |name: &str, member: &str| {
            let document = base64_json(header(name)?)?;
            text(&document, member)?.parse().ok()
        };
        let transaction = claimed("payment-response", "transaction")
            .or_else(|| claimed("x-payment-response", "transaction"))
            .or_else(|| claimed("x-payment-receipt", "tx"))
            .or_else(|| header("x-leash-tx-sig")?.parse().ok())?;
        Some(Self { transaction })
    }
}
