//! Payments: what a plugin may pay, what it asks for, and what it gets.
//!
//! A plugin names a request and the most that it may cost. It hands in no demand, no recipient and no transaction: the
//! signer has all of those found out, made and checked by others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The feature of paying.
pub const FEATURE_PAY: &str = "pay";

/// What a plugin may pay: in a manifest what it asks for, in a grant what it got. Amounts are dollars in decimal text, and
/// count what leaves the treasury, the fee included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayLimits {
    /// The most of one payment.
    pub max_per_call: String,
    /// The most of one day (UTC), over all runs.
    pub max_per_day: String,
    /// To these hosts, and those below them; none where there are none.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// A request that is to be paid for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Purchase {
    /// The whole URL.
    pub url: String,
    /// The method, upper case.
    pub method: String,
    /// SHA-256 of the body in lower-case hex; of nothing, where there is none.
    pub body_sha256: String,
    /// The body in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Headers, by their names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The most that it may cost, the fee included: dollars in decimal text.
    pub max: String,
    /// Whether the answer counts as arrived only once `pay_done` says so. Else it does once all of it was handed out.
    #[serde(default, skip_serializing_if = "is_no")]
    pub hold: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_no(value: &bool) -> bool {
    !*value
}

/// What was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Names this answer in `pay_body` and `pay_done`.
    pub answer: String,
    /// The seller's status.
    pub status: u16,
    /// The seller's `content-type`, where there is one.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The first bytes of the body, in base64.
    pub body: String,
    /// How many bytes the body has; those that are missing are asked for with `pay_body`.
    pub body_size: u64,
    /// What the amounts are in, such as `USDC`; none for what cost nothing.
    #[serde(default)]
    pub currency: Option<String>,
    /// What the seller got, in decimal text.
    pub net: String,
    /// What was charged on top.
    pub fee: String,
    /// What left the treasury.
    pub gross: String,
    /// The transaction, where one is known.
    #[serde(default)]
    pub transaction: Option<String>,
    /// The hash of the receipt, where there is one by now.
    #[serde(default)]
    pub receipt: Option<String>,
    /// Whether an earlier run paid for it, and nothing was paid now.
    #[serde(default)]
    pub resumed: bool,
    /// The document that `leash pay --json` prints, without the body.
    pub document: Map<String, Value>,
}

/// A payment that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unpaid {
    /// Why, in a word that stays: the policy's reason (`perCallMax`, `denyHost`, …), or the code that `leash pay` has for it.
    pub reason: String,
    /// What `leash pay --json` says besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub document: Map<String, Value>,
}

/// A further piece of what was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where it begins.
    pub offset: u64,
    /// Its bytes, in base64; none where that is the end.
    pub piece: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Answer, Op, Outcome, Request, Response};

    #[test]
    fn the_wire_is_pinned() {
        let purchase = Purchase {
            url: "https://a.example/x".into(),
            method: "GET".into(),
            body_sha256: "00".into(),
            max: "0.05".into(),
            ..Purchase::default()
        };
        let wire = r#"{"id":1,"op":"pay","url":"https://a.example/x","method":"GET","body_sha256":"00","max":"0.05"}"#;
        let request = Request { id: 1, op: Op::Pay(purchase) };
        assert_eq!(serde_json::to_string(&request).expect("json"), wire);
        assert_eq!(serde_json::from_str::<Request>(wire).expect(wire), request);
        let wire = r#"{"id":2,"op":"pay_body","answer":"a","offset":3}"#;
        let request = Request { id: 2, op: Op::PayBody { answer: "a".into(), offset: 3 } };
        assert_eq!(serde_json::to_string(&request).expect("json"), wire);
    }

    #[test]
    fn answers_are_told_apart() {
        let paid = r#"{"id":1,"ok":{"answer":"a","status":200,"content_type":null,"body":"","body_size":0,"currency":null,"net":"0","fee":"0","gross":"0","transaction":null,"receipt":null,"resumed":false,"document":{}}}"#;
        let piece = r#"{"id":1,"ok":{"offset":3,"piece":"AA=="}}"#;
        let done = r#"{"id":1,"ok":{"done":true}}"#;
        for (wire, which) in [(paid, 0), (piece, 1), (done, 2)] {
            let response: Response = serde_json::from_str(wire).expect(wire);
            assert_eq!(serde_json::to_string(&response).expect("json"), wire);
            let Outcome::Ok(answer) = response.outcome else { panic!("{wire}") };
            let found = match answer {
                Answer::Paid(_) => 0,
                Answer::Piece(_) => 1,
                Answer::Done { .. } => 2,
                _ => 3,
            };
            assert_eq!(found, which, "{wire}");
        }
    }
}
