//! What a receipt looks like: version 0.1, and version 0.2 of either payment protocol.

use leash_js::{Text, Value};
use url::Url;

/// A receipt that has a receipt's shape, with what isn't part of it left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Shaped {
    /// The receipt. What is hashed is this, as the original does it.
    pub value: Value,
    /// Whether something was left out, which no hash covers.
    pub stripped: bool,
}

/// What a member may be.
enum Kind {
    Text,
    Nullable(&'static Self),
    /// May be missing.
    Optional(&'static Self),
    Choice(&'static [&'static str]),
    /// Missing, it is `spend`.
    SpendOrEarn,
    Integer,
    Count,
    TextOrInteger,
    Facilitator,
    Object(&'static [(&'static str, Self)]),
}

const NULLABLE: Kind = Kind::Nullable(&Kind::Text);
const OPTIONAL: Kind = Kind::Optional(&Kind::Text);
const EITHER: Kind = Kind::Optional(&NULLABLE);

const PRICE: Kind = Kind::Nullable(&Kind::Object(&[
    ("amount", Kind::Text),
    ("currency", Kind::Text),
    ("network", OPTIONAL),
    ("asset", OPTIONAL),
    ("fee", EITHER),
    ("gross", EITHER),
    ("feeBps", Kind::Optional(&Kind::Nullable(&Kind::Integer))),
    ("feeAuthority", EITHER),
]));
const REQUEST: Kind = Kind::Object(&[
    ("method", Kind::Text),
    ("url", Kind::Text),
    ("body_hash", NULLABLE),
    ("headers_hash", EITHER),
]);
const RESPONSE: Kind = Kind::Nullable(&Kind::Object(&[("status", Kind::Integer), ("body_hash", EITHER)]));

const COMMON: [(&str, Kind); 13] = [
    ("kind", Kind::SpendOrEarn),
    ("agent", Kind::Text),
    ("nonce", Kind::Count),
    ("ts", Kind::Text),
    ("policy_v", Kind::Text),
    ("request", REQUEST),
    ("decision", Kind::Choice(&["allow", "deny", "rejected"])),
    ("reason", NULLABLE),
    ("price", PRICE),
    ("facilitator", Kind::Facilitator),
    ("response", RESPONSE),
    ("prev_receipt_hash", NULLABLE),
    ("receipt_hash", Kind::Text),
];
const V1: [(&str, Kind); 3] =
    [("v", Kind::Choice(&["0.1"])), ("tx_sig", NULLABLE), ("payment_requirements_hash", EITHER)];
const V2_X402: [(&str, Kind); 5] = [
    ("v", Kind::Choice(&["0.2"])),
    ("protocol", Kind::Choice(&["x402"])),
    ("tx_sig", NULLABLE),
    ("payment_requirements_hash", EITHER),
    ("payment_response", EITHER),
];
const V2_MPP: [(&str, Kind); 8] = [
    ("v", Kind::Choice(&["0.2"])),
    ("protocol", Kind::Choice(&["mpp"])),
    ("mpp_challenge_id", Kind::Text),
    ("mpp_credential_type", Kind::Choice(&["crypto"])),
    ("mpp_settlement_tx", Kind::Text),
    ("mpp_settlement_slot", Kind::TextOrInteger),
    ("tx_sig", EITHER),
    ("payment_requirements_hash", EITHER),
];

impl Shaped {
    /// Looks at a value as a receipt; `None` where it is none.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_text);
        let own: &[(&str, Kind)] = match (text("v")?, text("protocol")) {
            (version, _) if version.is("0.1") => &V1,
            (_, Some(protocol)) if protocol.is("x402") => &V2_X402,
            (_, Some(_)) => &V2_MPP,
            _ => return None,
        };
        let mut stripped = false;
        let members = [object(value, own, &mut stripped)?, object(value, &COMMON, &mut stripped)?].concat();
        let given = if let Value::Object(given) = value { given } else { return None };
        let known = |name: &Text| members.iter().any(|(known, _)| known == name);
        stripped |= given.iter().any(|(name, _)| !known(name));
        Some(Self { value: Value::Object(members), stripped })
    }
}

/// The members of an object that are known; none where one of them is not what it must be.
fn object(value: &Value, fields: &[(&str, Kind)], stripped: &mut bool) -> Option<Vec<(Text, Value)>> {
    if !matches!(value, Value::Object(_)) {
        return None;
    }
    let mut members = Vec::with_capacity(fields.len());
    for (name, kind) in fields {
        if let Some(fitting) = fit(value.get(name), kind, stripped)? {
            members.push((Text::from(*name), fitting));
        }
    }
    Some(members)
}

/// What a member is: `None` where it doesn't fit, `Some(None)` where it is rightly missing.
#[allow(clippy::option_option, reason = "one says whether it fits, the other whether it is there")]
fn fit(value: Option<&Value>, kind: &Kind, stripped: &mut bool) -> Option<Option<Value>> {
    match (value, kind) {
        (None, Kind::Optional(_)) => Some(None),
        (None, Kind::SpendOrEarn) => Some(Some(Value::text("spend"))),
        (None, _) => None,
        (Some(Value::Null), Kind::Nullable(_) | Kind::Facilitator) => Some(Some(Value::Null)),
        (some, Kind::Optional(kind) | Kind::Nullable(kind)) => fit(some, kind, stripped),
        (Some(value), Kind::Object(fields)) => {
            let members = object(value, fields, stripped)?;
            if let Value::Object(given) = value {
                *stripped |= given.len() != members.len();
            }
            Some(Some(Value::Object(members)))
        }
        (Some(value), kind) => is(value, kind).then(|| Some(value.clone())),
    }
}

fn is(value: &Value, kind: &Kind) -> bool {
    match (value, kind) {
        (Value::Text(_), Kind::Text | Kind::TextOrInteger) => true,
        (Value::Text(text), Kind::Choice(known)) => known.iter().any(|known| text.is(known)),
        (Value::Text(text), Kind::SpendOrEarn) => text.is("spend") || text.is("earn"),
        (Value::Text(text), Kind::Facilitator) => {
            let known = ["payai", "corbits", "svmacc", "self", "local"];
            known.iter().any(|known| text.is(known)) || Url::parse(&text.to_lossy()).is_ok()
        }
        (Value::Number(number), Kind::Integer | Kind::TextOrInteger) => is_integer(*number),
        (Value::Number(number), Kind::Count) => is_integer(*number) && *number >= 0.0,
        _ => false,
    }
}

fn is_integer(number: f64) -> bool {
    number.is_finite() && number.trunc() == number
}
