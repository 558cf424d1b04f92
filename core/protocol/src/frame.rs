//! What plugin and signer say to each other.
//!
//! Over a stream socket, one speaker at a time: a length of four bytes, big-endian, then as many bytes of
//! UTF-8 JSON. The first request is `hello`.

use serde::{Deserialize, Serialize};

pub use crate::payment::{FEATURE_PAY, Paid, PayLimits, Piece, Purchase, Unpaid};
use crate::scope::Scope;

/// The most bytes of JSON in one frame.
pub const MAX_FRAME: usize = 64 * 1024;
/// How deep objects and arrays of a request may nest.
pub const MAX_DEPTH: usize = 16;
/// The largest id: what every language can count to.
pub const MAX_ID: u64 = (1 << 53) - 1;
/// The feature of signing HTTP requests.
pub const FEATURE_SIGN_HTTP: &str = "sign_http";

/// A request, as a plugin makes it. (A signer reads it more strictly than serde would.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Names the answer.
    pub id: u64,
    /// What is asked.
    #[serde(flatten)]
    pub op: Op,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    /// Which versions the plugin speaks; comes first.
    Hello {
        /// The versions.
        v: Vec<u32>,
    },
    /// One signature.
    SignHttp {
        /// The method, upper case.
        method: String,
        /// The path below the API's base URL.
        path: String,
        /// The query without `?`.
        #[serde(default)]
        query: String,
        /// SHA-256 of the body in lower-case hex.
        body_sha256: String,
    },
    /// One payment.
    Pay(Purchase),
    /// A further piece of what was bought.
    PayBody {
        /// What [`Paid::answer`] says.
        answer: String,
        /// Where the piece begins.
        offset: u64,
    },
    /// That what was bought has arrived, where [`Purchase::hold`] was asked for.
    PayDone {
        /// What [`Paid::answer`] says.
        answer: String,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Of which request; null where the request had none that could be read.
    pub id: Option<u64>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Ok(Answer),
    /// It wasn't.
    Err(Refusal),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `hello`.
    Hello {
        /// The version that both speak from now on.
        v: u32,
        /// The run that this is.
        invocation: String,
        /// What the signer can do.
        features: Vec<String>,
        /// What was granted.
        grant: GrantInfo,
    },
    /// To `sign_http`.
    Signed {
        /// The headers to send.
        headers: Headers,
        /// When the API stops taking them, ISO 8601.
        expires_at: String,
    },
    /// To `pay`.
    Paid(Box<Paid>),
    /// To `pay_body`.
    Piece(Piece),
    /// To `pay_done`.
    Done {
        /// Always true.
        done: bool,
    },
}

/// The headers of a signed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// The agent's mint.
    #[serde(rename = "x-leash-agent")]
    pub agent: String,
    /// The time that was signed.
    #[serde(rename = "x-leash-timestamp")]
    pub timestamp: String,
    /// The signature.
    #[serde(rename = "x-leash-sig")]
    pub signature: String,
}

impl Headers {
    /// Names and values, in the order in which the API documents them.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("x-leash-agent", &self.agent),
            ("x-leash-timestamp", &self.timestamp),
            ("x-leash-sig", &self.signature),
        ]
    }
}

/// What was granted, as a plugin is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantInfo {
    /// Which requests.
    pub scopes: Vec<Scope>,
    /// How many signatures in one invocation.
    pub max_signatures: u32,
    /// Until when, ISO 8601; null for as long as the plugin is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// What it may pay; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<PayLimits>,
}

/// Why something wasn't done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which kind of refusal.
    pub code: Code,
    /// What happened, for a person.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// More of a payment that came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Box<Unpaid>>,
}

impl Refusal {
    /// A refusal of which nothing more is to be said.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { code, message: message.into(), hint, payment: None }
    }

    /// The same of a payment, with why in a word.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.payment = Some(Box::new(Unpaid { reason: reason.into(), ..Unpaid::default() }));
        self
    }

    /// Why a payment came to nothing, in a word.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.payment.as_ref().map(|payment| payment.reason.as_str())
    }
}

/// Kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No scope allows it; for a payment, neither grant nor policy.
    DeniedScope,
    /// The user said no, or could not be asked.
    DeniedConsent,
    /// All granted signatures were given, or the day's money is spent.
    Quota,
    /// The grant has run out.
    Expired,
    /// The key is locked.
    Locked,
    /// The request makes no sense.
    BadRequest,
    /// The signer doesn't know such requests, or no common version.
    Unsupported,
    /// The signer failed, or the payment did.
    Internal,
    /// A kind that a later version knows.
    #[serde(other)]
    Unknown,
}

impl Code {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeniedScope => "denied_scope",
            Self::DeniedConsent => "denied_consent",
            Self::Quota => "quota",
            Self::Expired => "expired",
            Self::Locked => "locked",
            Self::BadRequest => "bad_request",
            Self::Unsupported => "unsupported",
            Self::Internal => "internal",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways<T: Serialize + for<'a> Deserialize<'a> + PartialEq + std::fmt::Debug>(
        value: &T,
        wire: &str,
    ) {
        assert_eq!(serde_json::to_string(value).expect("json"), wire);
        assert_eq!(&serde_json::from_str::<T>(wire).expect(wire), value);
    }

    #[test]
    fn the_wire_is_pinned() {
        both_ways(&Request { id: 0, op: Op::Hello { v: vec![1] } }, r#"{"id":0,"op":"hello","v":[1]}"#);
        both_ways(
            &Request {
                id: 1,
                op: Op::SignHttp {
                    method: "GET".into(),
                    path: "/v1/x".into(),
                    query: String::new(),
                    body_sha256: "00".into(),
                },
            },
            r#"{"id":1,"op":"sign_http","method":"GET","path":"/v1/x","query":"","body_sha256":"00"}"#,
        );
        both_ways(
            &Response { id: None, outcome: Outcome::Err(Refusal::new(Code::BadRequest, "no", None)) },
            r#"{"id":null,"err":{"code":"bad_request","message":"no"}}"#,
        );
        both_ways(
            &Response {
                id: Some(1),
                outcome: Outcome::Ok(Answer::Signed {
                    headers: Headers { agent: "M".into(), timestamp: "T".into(), signature: "S".into() },
                    expires_at: "E".into(),
                }),
            },
            r#"{"id":1,"ok":{"headers":{"x-leash-agent":"M","x-leash-timestamp":"T","x-leash-sig":"S"},"expires_at":"E"}}"#,
        );
    }

    #[test]
    fn codes_and_fields_of_later_versions_are_taken() {
        let later: Response =
            serde_json::from_str(r#"{"id":2,"err":{"code":"moon","message":"m","more":1},"x":[]}"#)
                .expect("a frame");
        assert!(matches!(later.outcome, Outcome::Err(Refusal { code: Code::Unknown, .. })));
    }
}
