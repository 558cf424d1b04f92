//! What somebody else than the user may spend: limits and hosts, as a plugin's manifest asks for them and a grant binds them.

use std::fmt;

use leash_protocol::frame::PayLimits;
use serde::{Deserialize, Serialize};

use crate::{Denial, Name, Reason, Rules, Usd};

/// The most hosts that can be named.
const MOST_HOSTS: usize = 64;

/// What may be spent, and where. It only ever narrows what the user's own policy allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Allowance {
    /// The most of one payment, the fee included.
    pub per_call: Usd,
    /// The most of one UTC day.
    pub per_day: Usd,
    /// The hosts that may be paid, and those below them. Without any, nothing may.
    pub hosts: Vec<Name>,
}

/// As it is kept. What isn't known there might be a restriction.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    max_per_call: String,
    max_per_day: String,
    hosts: Vec<String>,
}

/// A limit that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLimit {
    /// `max_per_call`, `max_per_day` or `hosts`.
    pub key: &'static str,
    /// Which of the hosts, from 0.
    pub host: Option<usize>,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for BadLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.why)
    }
}

impl Allowance {
    /// Reads limits as they are written.
    ///
    /// # Errors
    /// [`BadLimit`], where and why.
    pub fn read(limits: &PayLimits) -> Result<Self, BadLimit> {
        let amount = |key, text: &str| {
            text.parse::<Usd>().map_err(|why| {
                let why = format!("`{text}` is no amount of dollars: {why}");
                BadLimit { key, host: None, why }
            })
        };
        let (per_call, per_day) =
            (amount("max_per_call", &limits.max_per_call)?, amount("max_per_day", &limits.max_per_day)?);
        if limits.hosts.len() > MOST_HOSTS {
            let why = format!("more than {MOST_HOSTS} hosts are named");
            return Err(BadLimit { key: "hosts", host: None, why });
        }
        let mut hosts = Vec::new();
        for (index, text) in limits.hosts.iter().enumerate() {
            let host = Name::of_entry(text).map_err(|why| BadLimit {
                key: "hosts",
                host: Some(index),
                why: format!("`{text}` is no host: {why}"),
            })?;
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        Ok(Self { per_call, per_day, hosts })
    }

    /// As it is told to others.
    #[must_use]
    pub fn limits(&self) -> PayLimits {
        PayLimits {
            max_per_call: self.per_call.to_string(),
            max_per_day: self.per_day.to_string(),
            hosts: self.hosts.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whether a request to this URL may be paid at all.
    ///
    /// # Errors
    /// The [`Denial`].
    pub fn check_host(&self, url: &str) -> Result<Name, Denial> {
        let deny = |detail| Denial { reason: Reason::AllowHost, detail };
        let host = Name::of_url(url)
            .map_err(|why| deny(format!("`{url}` names no host that could be paid: {why}")))?;
        if self.hosts.iter().any(|entry| host.is_meant_by(entry)) {
            return Ok(host);
        }
        Err(deny(format!("`{host}` is none of the hosts that it may pay")))
    }

    /// The same as rules, for a ledger to judge by. Those who have no host to pay need no rules.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let mut rules = Rules::fallback(self.per_call, self.per_day);
        rules.allow.clone_from(&self.hosts);
        rules
    }
}

/// `$0.05 at once, $1 a day, to api.example.com`
impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.hosts.iter().map(ToString::to_string).collect();
        write!(f, "${} at once, ${} a day, to {}", self.per_call, self.per_day, hosts.join(", "))
    }
}

impl TryFrom<Written> for Allowance {
    type Error = BadLimit;

    fn try_from(written: Written) -> Result<Self, BadLimit> {
        let Written { max_per_call, max_per_day, hosts } = written;
        Self::read(&PayLimits { max_per_call, max_per_day, hosts })
    }
}

impl From<Allowance> for Written {
    fn from(allowance: Allowance) -> Self {
        let PayLimits { max_per_call, max_per_day, hosts } = allowance.limits();
        Self { max_per_call, max_per_day, hosts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(call: &str, day: &str, hosts: &[&str]) -> PayLimits {
        let hosts = hosts.iter().map(ToString::to_string).collect();
        PayLimits { max_per_call: call.into(), max_per_day: day.into(), hosts }
    }

    #[test]
    fn one_spelling_of_all() {
        let read = Allowance::read(&limits("0.050", "1.", &[])).expect_err("no amount");
        assert_eq!((read.key, read.host), ("max_per_day", None));
        let read =
            Allowance::read(&limits("0.050", "1", &["API.Example.com.", "api.example.com"])).expect("limits");
        assert_eq!(read.limits(), limits("0.05", "1", &["api.example.com"]));
        assert_eq!(read.to_string(), "$0.05 at once, $1 a day, to api.example.com");
        let text = serde_json::to_string(&read).expect("json");
        assert_eq!(serde_json::from_str::<Allowance>(&text).expect("limits"), read);
        assert!(serde_json::from_str::<Allowance>(&text.replacen('{', "{\"x\":1,", 1)).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (bad, key, host) in [
            (limits("-1", "1", &[]), "max_per_call", None),
            (limits("1e3", "1", &[]), "max_per_call", None),
            (limits("1", "much", &[]), "max_per_day", None),
            (limits("1", "1", &["a.example", "*.b.example"]), "hosts", Some(1)),
            (limits("1", "1", &["https://a.example"]), "hosts", Some(0)),
            (limits("1", "1", &["a.example:80"]), "hosts", Some(0)),
        ] {
            let why = Allowance::read(&bad).expect_err("it makes no sense");
            assert_eq!((why.key, why.host), (key, host), "{why}");
        }
    }

    #[test]
    fn hosts_are_those_of_a_policy_and_none_is_none() {
        let some = Allowance::read(&limits("1", "1", &["example.com"])).expect("limits");
        for url in ["https://example.com/x", "https://API.example.com./", "https://u@example.com:1/"] {
            assert!(some.check_host(url).is_ok(), "{url}");
        }
        for url in [
            "https://example.com.evil.example/",
            "https://example.com@evil.example/",
            "ftp://example.com/",
            "x",
        ] {
            assert!(some.check_host(url).is_err(), "{url}");
        }
        let none = Allowance::read(&limits("1", "1", &[])).expect("limits");
        assert!(none.check_host("https://example.com/").is_err());
    }
}
