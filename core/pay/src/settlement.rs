//! What a seller says of a payment that it took.

use leash_chain::Signature;
use leash_js::Value;

use crate::decode::{base64_json, text};

/// The headers in which a seller says it, in the order in which they are believed.
const X402: [&str; 2] = ["payment-response", "x-payment-response"];

/// A transaction that the seller says has settled the payment. It is a claim: only the chain knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub transaction: Signature,
}

/// Whether the seller says that the payment was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It says so.
    Settled,
    /// It says that it was not. The payment may still land.
    Failed,
    /// It says nothing of it.
    Unsaid,
}

/// All that a seller says of a payment. None of it is proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementReport {
    /// Whether it was settled.
    pub outcome: Outcome,
    /// By which transaction, whatever the outcome.
    pub transaction: Option<Signature>,
    /// Why not, in the seller's words: whoever prints it escapes it.
    pub reason: Option<String>,
    /// The value of MPP's `Payment-Receipt`, as it came.
    pub receipt: Option<String>,
}

impl SettlementReport {
    /// Reads the headers of an answer, by a function that gives a header's value by its name in lower case.
    #[must_use]
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let document = |name: &str| base64_json(header(name)?);
        let signature = |value: &Value, name: &str| text(value, name)?.parse().ok();
        let x402 = X402.into_iter().find_map(document);
        let mpp = document("payment-receipt");
        let leash = || document("x-payment-receipt").and_then(|said| signature(&said, "tx"));
        let transaction = (x402.as_ref().and_then(|said| signature(said, "transaction")))
            .or_else(|| signature(mpp.as_ref()?, "reference"))
            .or_else(leash)
            .or_else(|| header("x-leash-tx-sig")?.parse().ok());
        let success = x402.as_ref().and_then(|said| match said.get("success")? {
            Value::Bool(success) => Some(*success),
            _ => None,
        });
        let success = success.or_else(|| Some(text(mpp.as_ref()?, "status")? == "success"));
        let outcome = match success {
            Some(true) => Outcome::Settled,
            Some(false) => Outcome::Failed,
            // The original's sellers name the transaction and nothing else.
            None if transaction.is_some() => Outcome::Settled,
            None => Outcome::Unsaid,
        };
        let reasons = ["errorReason", "errorMessage", "error"];
        let reason = x402.and_then(|said| reasons.into_iter().find_map(|name| text(&said, name)));
        let receipt = header("payment-receipt").map(|value| value.trim().to_owned());
        Self { outcome, transaction, reason, receipt }
    }
}

impl Settlement {
    /// Why the seller could not settle it, where that is said.
    #[must_use]
    pub fn error<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        SettlementReport::read(header).reason
    }

    /// The transaction that the seller says has settled the payment.
    #[must_use]
    pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let report = SettlementReport::read(header);
        let transaction = report.transaction.filter(|_| report.outcome == Outcome::Settled)?;
        Some(Self { transaction })
    }
}
