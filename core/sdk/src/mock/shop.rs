//! What a mock sells: the same thing at the same price, within the limits that it is told.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_protocol::{
    frame::{Code, PayLimits},
    scope::is_method,
};
use leash_signature::Envelope;
use serde_json::{Value, json};

use crate::signer::hex;

/// What it costs, in millionths: 0.01, and the fee of 0.0001 on that.
const GROSS: u64 = 10_100;
/// How much of a body is handed out at once, so that two pieces are easily had.
const PIECE: usize = 16 * 1024;

/// A shop that is paid with nothing.
#[derive(Debug, Clone)]
pub struct Shop {
    /// What may be paid.
    pub limits: PayLimits,
    /// What is sold.
    pub body: Vec<u8>,
    spent: u64,
}

/// Why something isn't sold: the code, why in a word, and why for a person.
type No = (Code, Option<&'static str>, &'static str);

impl Shop {
    /// One that sells `{"ok":true}` for 0.0101.
    #[must_use]
    pub fn new(limits: PayLimits) -> Self {
        Self { limits, body: br#"{"ok":true}"#.to_vec(), spent: 0 }
    }

    /// Sells, or says why not.
    pub(super) fn pay(&mut self, request: &Value) -> Result<Value, No> {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let body = match &request["body"] {
            Value::Null => Vec::new(),
            body => {
                let bytes = body.as_str().and_then(|body| STANDARD.decode(body).ok());
                bytes.ok_or((Code::BadRequest, None, "`body` is no base64"))?
            }
        };
        if !is_method(text("method")) {
            return Err((Code::BadRequest, None, "the method is no upper-case token"));
        }
        if text("body_sha256") != hex(&Envelope::hash_body(&body)) {
            return Err((Code::BadRequest, None, "`body_sha256` is not the hash of the body"));
        }
        let max = millionths(text("max")).ok_or((Code::BadRequest, None, "`max` is no amount of dollars"))?;
        let host = host(text("url")).ok_or((Code::BadRequest, None, "the URL can't be paid"))?;
        let below = |granted: &String| {
            host.strip_suffix(granted.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if !self.limits.hosts.iter().any(below) {
            return Err((Code::DeniedScope, Some("allowHost"), "the host is none of those that it may pay"));
        }
        let granted = millionths(&self.limits.max_per_call).unwrap_or_default();
        if max > granted || GROSS > max {
            return Err((Code::DeniedScope, Some("perCallMax"), "it is above what one payment may be"));
        }
        if self.spent + GROSS > millionths(&self.limits.max_per_day).unwrap_or_default() {
            return Err((Code::Quota, Some("dailyBudgetExceeded"), "the day's money is spent"));
        }
        self.spent += GROSS;
        Ok(json!({
            "answer": "mock", "status": 200, "content_type": "application/json", "body": self.piece(0),
            "body_size": self.body.len(), "currency": "USDC", "net": "0.01", "fee": "0.0001", "gross": "0.0101",
            "transaction": "1".repeat(64), "receipt": "0".repeat(64), "resumed": false,
            "document": {
                "kind": "payment_receipt", "status": "ok", "url": text("url"), "method": text("method"),
                "currency": "USDC", "net": "0.01", "fee": "0.0001", "gross": "0.0101", "response_status": 200,
            },
        }))
    }

    /// A piece of what was sold.
    pub(super) fn piece(&self, offset: u64) -> String {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.body.len());
        STANDARD.encode(&self.body[from..self.body.len().min(from.saturating_add(PIECE))])
    }
}

/// Dollars to millionths; none for what is no such text, or finer.
fn millionths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(format!("{part:0<6}").parse().ok()?)
}

/// The host of a plain URL. (A signer reads URLs as a browser does.)
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let rest = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = &rest[..rest.find(':').unwrap_or(rest.len())];
    (!host.is_empty() && !rest.contains('@')).then_some(host)
}
