//! One receipt, as a person or a sum looks at it.

use leash_js::{Text, Value, number};
use serde_json::{Map, Number};

/// Which way the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The agent paid.
    Spend,
    /// The agent was paid.
    Earn,
}

impl Kind {
    /// As the API names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spend => "spend",
            Self::Earn => "earn",
        }
    }

    /// As people name it.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Spend => "outgoing",
            Self::Earn => "incoming",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was allowed, and paid.
    Allow,
    /// The policy refused it before anything was paid.
    Deny,
    /// The policy allowed it, and it wasn't settled.
    Rejected,
}

impl Decision {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Rejected => "rejected",
        }
    }
}

/// A receipt. Text that came from elsewhere may hold anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Its hash.
    pub hash: String,
    /// Its place in the chain of who wrote it.
    pub nonce: u64,
    /// The agent's mint.
    pub agent: String,
    /// Which way.
    pub kind: Kind,
    /// What became of it.
    pub decision: Decision,
    /// Why, where it was refused.
    pub reason: Option<String>,
    /// When, as it says itself.
    pub time: String,
    /// The request's method.
    pub method: String,
    /// The request's URL.
    pub url: String,
    /// What the seller gets, in the smallest units, as it stands there.
    pub amount: Option<String>,
    /// The fee.
    pub fee: Option<String>,
    /// What left the buyer's treasury.
    pub gross: Option<String>,
    /// The currency.
    pub currency: Option<String>,
    /// The transaction.
    pub tx_sig: Option<String>,
    /// Whether its hash is what it should be.
    pub is_true: bool,
    /// All of it.
    pub document: serde_json::Value,
}

impl Receipt {
    /// Looks at a value as a receipt; `None` where it is none.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let shaped = crate::Shaped::read(value)?.value;
        let text = |value: Option<&Value>| value.and_then(Value::as_text).map(Text::to_lossy);
        let (price, request) = (shaped.get("price"), shaped.get("request"));
        let of = |part: Option<&Value>, name: &str| text(part.and_then(|part| part.get(name)));
        let settled = text(shaped.get("tx_sig")).or_else(|| text(shaped.get("mpp_settlement_tx")));
        Some(Self {
            hash: text(shaped.get("receipt_hash"))?,
            nonce: number::print(shaped.get("nonce")?.as_number()?).parse().ok()?,
            agent: text(shaped.get("agent"))?,
            kind: match text(shaped.get("kind"))?.as_str() {
                "earn" => Kind::Earn,
                _ => Kind::Spend,
            },
            decision: match text(shaped.get("decision"))?.as_str() {
                "allow" => Decision::Allow,
                "deny" => Decision::Deny,
                _ => Decision::Rejected,
            },
            reason: text(shaped.get("reason")),
            time: text(shaped.get("ts"))?,
            method: of(request, "method")?,
            url: of(request, "url")?,
            amount: of(price, "amount"),
            fee: of(price, "fee"),
            gross: of(price, "gross"),
            currency: of(price, "currency"),
            tx_sig: settled.filter(|settled| !settled.is_empty()),
            is_true: shaped
                .get("receipt_hash")
                .and_then(Value::as_text)
                .is_some_and(|hash| hash.is(&crate::receipt_hash(&shaped))),
            document: document(value),
        })
    }

    /// What the seller gets, in the smallest units. None where nothing stands there, or what can't be read.
    #[must_use]
    pub fn net(&self) -> Option<u64> {
        self.amount.as_deref().and_then(atomic)
    }

    /// The fee in the smallest units, nothing where none stands there.
    #[must_use]
    pub fn fee_atomic(&self) -> u64 {
        self.fee.as_deref().and_then(atomic).unwrap_or(0)
    }

    /// Whether its currency counts as dollars.
    #[must_use]
    pub fn is_usd(&self) -> bool {
        let currency = self.currency.as_deref().unwrap_or_default().to_ascii_uppercase();
        matches!(currency.as_str(), "USDC" | "USDT" | "USDG")
    }

    /// Its amount for a person: dollars where it is in dollars, else as it stands there.
    #[must_use]
    pub fn amount_text(&self) -> String {
        let currency = self.currency.as_deref().unwrap_or_default();
        match (self.net(), &self.amount) {
            (Some(net), _) if self.is_usd() => format!("{} {currency}", usd(i128::from(net))),
            (_, Some(amount)) => format!("{amount} {currency} (smallest units)"),
            (_, None) => "-".to_owned(),
        }
    }
}

fn atomic(text: &str) -> Option<u64> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
}

/// Smallest units of a token with six decimals as dollars, with as few digits as there are.
#[must_use]
pub fn usd(atomic: i128) -> String {
    let sign = if atomic < 0 { "-" } else { "" };
    let (whole, fraction) = (atomic.unsigned_abs() / 1_000_000, atomic.unsigned_abs() % 1_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:06}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

/// The same for a document of ours, in which a lone surrogate can't stand.
fn document(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Raw(_) => serde_json::Value::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Number(number) => {
            let printed = number::print(*number);
            match printed.parse::<i64>() {
                Ok(integer) => integer.into(),
                Err(_) => Number::from_f64(*number).map_or(serde_json::Value::Null, Into::into),
            }
        }
        Value::Text(text) => text.to_lossy().into(),
        Value::List(items) => items.iter().map(document).collect::<Vec<_>>().into(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.to_lossy(), document(value)));
            members.collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::usd;

    #[test]
    fn dollars_are_exact() {
        for (atomic, text) in [
            (0, "0"),
            (1, "0.000001"),
            (10_000, "0.01"),
            (5_000_120_000, "5000.12"),
            (-10_000, "-0.01"),
            (1_000_000, "1"),
            (i128::from(u64::MAX), "18446744073709.551615"),
        ] {
            assert_eq!(usd(atomic), text);
        }
    }
}
