//! Which protocol a `402` speaks, and what it asks for.

use leash_js::Value;

use crate::{
    Refusal,
    decode::{self, base64_json},
};

/// What names an MPP challenge.
const MPP_TYPE: &str = "https://paymentauth.org/problems/payment-required";

/// A paywall's answer to a request without a payment.
#[derive(Debug, Clone, PartialEq)]
pub enum Challenge {
    /// x402: one of these is to be paid.
    X402 {
        /// 1 or 2.
        version: u8,
        /// What can be paid.
        accepts: Vec<Value>,
        /// All of it.
        document: Value,
    },
    /// MPP: this is to be paid.
    Mpp(Value),
}

/// Reads a `402`. As with the original client, an MPP body is believed before an x402 header.
///
/// # Errors
/// [`Refusal`] where it is neither.
pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> Result<Challenge, Refusal> {
    let body = decode::json(body);
    if let Some(body) = &body
        && decode::text(body, "type").is_some_and(|kind| kind == MPP_TYPE)
    {
        return Ok(Challenge::Mpp(body.clone()));
    }
    let document = match header("payment-required") {
        Some(text) => base64_json(text).ok_or_else(|| {
            Refusal::new("malformed_challenge", "its `payment-required` header is not JSON in base64")
        })?,
        None => body.filter(|body| body.get("x402Version").is_some()).ok_or_else(|| {
            Refusal::new("unknown_protocol", "it asks for a payment, and neither as x402 nor as MPP does")
        })?,
    };
    let version = match decode::whole(&document, "x402Version") {
        Some(1) => 1,
        Some(2) => 2,
        _ => return Err(Refusal::new("unknown_protocol", "it speaks a version of x402 that leash doesn't")),
    };
    let Some(Value::List(accepts)) = document.get("accepts") else {
        return Err(Refusal::new("malformed_challenge", "it doesn't say what can be paid"));
    };
    let accepts = accepts.clone();
    Ok(Challenge::X402 { version, accepts, document })
}

impl Challenge {
    /// Why the paywall asks, where it says so: on a second `402`, why it did not take the payment.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            Self::X402 { document, .. } => decode::text(document, "error"),
            Self::Mpp(document) => decode::text(document, "detail"),
        }
    }
}
