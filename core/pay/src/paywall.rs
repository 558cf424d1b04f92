//! A `402`, and everything in it that asks for a payment.

use leash_js::Value;

use crate::{
    Protocol, Refusal, Unpayable,
    auth::{self, AuthChallenge},
    charge::Challenge,
    decode::{self, MAX, base64_json, shown},
    leash_mpp, x402,
};

/// No paywall lists more, and more aren't looked at.
const MAX_OFFERS: usize = 32;

/// A paywall's answer to a request without a payment: what it asks for, in the order of the answer. Headers come before the
/// body.
#[derive(Debug, Clone, PartialEq)]
pub struct Paywall {
    pub(crate) asks: Vec<Ask>,
    error: Option<String>,
}

/// One thing that it asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ask {
    X402 {
        version: u8,
        asked: Value,
        document: Value,
        /// It stands in the body, and the header beside that states other offers.
        contradicts: bool,
    },
    Mpp(Challenge),
    LeashMpp(Value),
    /// It can't be read.
    Broken(Option<Protocol>, Unpayable),
}

/// Reads a `402` by a function that gives a header's value by its name in lower case. A header that is there several times
/// is better read by [`Paywall::read`].
///
/// # Errors
/// As [`Paywall::read`].
pub fn read<'a>(header: impl Fn(&str) -> Option<&'a str>, body: &[u8]) -> Result<Paywall, Refusal> {
    let names = ["payment-required", "www-authenticate"];
    let headers = names.into_iter().filter_map(|name| Some((name, header(name)?)));
    Paywall::read(headers, body)
}

impl Paywall {
    /// Reads a `402`. Names of headers are compared without regard to case, and one may be there several times.
    ///
    /// x402 of version 2 stands in the header `PAYMENT-REQUIRED`, of version 1 in the body; each is read in either place. MPP
    /// stands in `WWW-Authenticate`; without a `Payment` challenge there, the body may hold leash.market's form of it. No part
    /// hides another.
    ///
    /// # Errors
    /// [`Refusal`] where nothing in it asks for a payment.
    pub fn read<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let mut paywall = Self { asks: Vec::new(), error: None };
        let (mut required, mut challenges) = (Vec::new(), Vec::new());
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("payment-required") {
                required.push(value);
            } else if name.eq_ignore_ascii_case("www-authenticate") && value.len() <= MAX {
                challenges.extend(auth::challenges(value));
            }
        }
        for value in required {
            paywall.add_header(value);
        }
        let by_header = paywall.asks.len();
        challenges.retain(|challenge| challenge.scheme.eq_ignore_ascii_case("payment"));
        for challenge in &challenges {
            paywall.add_challenge(challenge);
        }
        if let Some(body) = decode::json(body) {
            paywall.add_body(&body, by_header, challenges.is_empty());
        }
        paywall.asks.truncate(MAX_OFFERS);
        if paywall.asks.is_empty() {
            let reason = "the server returned 402 without a valid x402 or MPP challenge";
            return Err(Refusal::new("unknown_protocol", reason));
        }
        match &paywall.asks[..] {
            [Ask::Broken(_, reason)] => Err(Refusal::from(reason)),
            _ => Ok(paywall),
        }
    }

    /// Why the paywall asks, where it says so: on a second `402`, why it did not take the payment.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.error.clone()
    }

    fn add_header(&mut self, value: &str) {
        let document = base64_json(value).or_else(|| decode::json(value.as_bytes()));
        match document {
            Some(document) => self.add_x402(&document, 0),
            None => {
                let what = "its `PAYMENT-REQUIRED` header is not JSON in base64".to_owned();
                self.asks.push(Ask::Broken(Some(Protocol::X402V2), Unpayable::Malformed(what)));
            }
        }
    }

    fn add_challenge(&mut self, challenge: &AuthChallenge) {
        self.asks.push(match Challenge::read(challenge) {
            Ok(challenge) => Ask::Mpp(challenge),
            Err(reason) => Ask::Broken(Some(Protocol::Mpp), reason),
        });
    }

    fn add_body(&mut self, body: &Value, by_header: usize, is_mpp_free: bool) {
        self.error = self.error.take().or_else(|| decode::text(body, "error"));
        if leash_mpp::is_problem(body) {
            self.error = self.error.take().or_else(|| decode::text(body, "detail"));
        }
        if body.get("x402Version").is_some() {
            self.add_x402(body, by_header);
        }
        // The specified form's problem has the same type, so a challenge in a header decides which form it is.
        if is_mpp_free
            && (leash_mpp::is_challenge(body) || self.asks.is_empty() && leash_mpp::is_problem(body))
        {
            self.asks.push(Ask::LeashMpp(body.clone()));
        }
    }

    /// Adds the offers of a document. `by_header` are those of a header beside it.
    fn add_x402(&mut self, document: &Value, by_header: usize) {
        self.error = self.error.take().or_else(|| decode::text(document, "error"));
        let version = match document.get("x402Version") {
            Some(Value::Number(1.0)) => 1,
            Some(Value::Number(2.0)) => 2,
            other => {
                let written = other.map(shown).unwrap_or_default();
                return self.asks.push(Ask::Broken(None, Unpayable::Version(written)));
            }
        };
        let protocol = if version == 1 { Protocol::X402V1 } else { Protocol::X402V2 };
        let offers = match document.get("accepts") {
            Some(Value::List(offers)) if !offers.is_empty() => offers,
            _ => {
                let what = "it lists nothing that can be paid (`accepts`)".to_owned();
                return self.asks.push(Ask::Broken(Some(protocol), Unpayable::Malformed(what)));
            }
        };
        let stated: Vec<(u8, Value)> = self.asks[..by_header]
            .iter()
            .filter_map(|ask| match ask {
                Ask::X402 { version, asked, .. } => Some((*version, asked.clone())),
                _ => None,
            })
            .collect();
        for asked in offers.iter().take(MAX_OFFERS) {
            // A copy of the header's.
            if stated.contains(&(version, asked.clone())) {
                continue;
            }
            let terms = x402::terms_of(version, asked);
            let is_stated = |(version, stated): &(u8, Value)| x402::terms_of(*version, stated) == terms;
            let contradicts = !stated.is_empty() && !stated.iter().any(is_stated);
            self.asks.push(Ask::X402 {
                version,
                asked: asked.clone(),
                document: document.clone(),
                contradicts,
            });
        }
    }
}
