//! The rules, version 0.1: what they say, and where they say nothing that makes sense.

use leash_output::{Code, Error, Kind};
use serde_json::{Map, Value, json};

use crate::{host::Name, usd::Usd};

/// What an agent may spend, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The most in one UTC day.
    pub daily: Usd,
    /// The most in one payment.
    pub per_call: Usd,
    /// A second limit on one payment, for what isn't worth more.
    pub price_ceiling: Option<Usd>,
    /// The only hosts that are paid; where there are none, all are.
    pub allow: Vec<Name>,
    /// Hosts that are never paid.
    pub deny: Vec<Name>,
    /// The whole of it as it was written, triggers and stop conditions included: those are for programs that run
    /// agents.
    document: Value,
}

impl Rules {
    /// The rules that hold where nobody wrote any.
    #[must_use]
    pub fn fallback(per_call: Usd, daily: Usd) -> Self {
        let document = json!({
            "v": "0.1",
            "budget": { "daily": daily.to_string(), "perCall": per_call.to_string(), "currency": "USDC" },
            "hosts": {},
            "triggers": [],
        });
        Self { daily, per_call, price_ceiling: None, allow: Vec::new(), deny: Vec::new(), document }
    }

    /// Reads rules. Nothing in them is passed over: a name that isn't known may be a ban that was misspelt.
    ///
    /// # Errors
    /// `bad_policy`, naming the place: `budget.daily`, `hosts.deny[2]`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes).map_err(|_| bad("", "it is not UTF-8"))?;
        let strict::Unique(document) = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| bad("", &format!("it is no JSON that can be used: {error}")))?;
        let root = object(&document, "", &["v", "budget", "hosts", "priceCeiling", "triggers", "stopOn"])?;
        one_of(root.get("v"), "v", &["0.1"])?;
        let budget = object(required(root, "", "budget")?, "budget", &["daily", "perCall", "currency"])?;
        one_of(budget.get("currency"), "budget.currency", &["USDC"])?;
        let hosts = object(required(root, "", "hosts")?, "hosts", &["allow", "deny"])?;
        triggers(required(root, "", "triggers")?)?;
        if let Some(stop) = root.get("stopOn") {
            stop_on(stop)?;
        }
        Ok(Self {
            daily: amount(budget.get("daily"), "budget.daily")?,
            per_call: amount(budget.get("perCall"), "budget.perCall")?,
            price_ceiling: root
                .get("priceCeiling")
                .map(|ceiling| amount(Some(ceiling), "priceCeiling"))
                .transpose()?,
            allow: names(hosts, "allow")?,
            deny: names(hosts, "deny")?,
            document,
        })
    }

    /// The rules as they were written.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.document
    }
}

fn names(hosts: &Map<String, Value>, list: &str) -> Result<Vec<Name>, Error> {
    let at = format!("hosts.{list}");
    let Some(value) = hosts.get(list) else { return Ok(Vec::new()) };
    let entry = |(index, entry): (usize, &Value)| {
        let at = format!("{at}[{index}]");
        Name::of_entry(text(Some(entry), &at)?).map_err(|why| bad(&at, &format!("it is no host: {why}")))
    };
    array(value, &at)?.iter().enumerate().map(entry).collect()
}

fn triggers(value: &Value) -> Result<(), Error> {
    for (index, trigger) in array(value, "triggers")?.iter().enumerate() {
        let at = format!("triggers[{index}]");
        let kind = trigger.get("type");
        let (field, rest) = match one_of(kind, &format!("{at}.type"), &["cron", "webhook", "interval"])? {
            "cron" => ("expression", true),
            "webhook" => ("path", true),
            _ => ("seconds", false),
        };
        let fields = object(trigger, &at, &["type", field])?;
        let at = format!("{at}.{field}");
        if rest {
            text(fields.get(field), &at)?;
        } else if fields.get(field).and_then(Value::as_u64).unwrap_or(0) == 0 {
            return Err(bad(&at, "it is no whole number above zero"));
        }
    }
    Ok(())
}

fn stop_on(value: &Value) -> Result<(), Error> {
    for (index, condition) in array(value, "stopOn")?.iter().enumerate() {
        let at = format!("stopOn[{index}]");
        let fields = object(condition, &at, &["reason", "when"])?;
        text(fields.get("reason"), &format!("{at}.reason"))?;
        let when = ["budget_exceeded", "manual", "error_streak"];
        one_of(fields.get("when"), &format!("{at}.when"), &when)?;
    }
    Ok(())
}

fn amount(value: Option<&Value>, at: &str) -> Result<Usd, Error> {
    let text = text(value, at).map_err(|error| error.hint("write amounts as text: `\"2.50\"`"))?;
    text.parse().map_err(|why| bad(at, &format!("`{text}` is no amount: {why}")))
}

fn required<'a>(fields: &'a Map<String, Value>, at: &str, name: &str) -> Result<&'a Value, Error> {
    fields.get(name).ok_or_else(|| bad(&join(at, name), "it is missing"))
}

fn object<'a>(value: &'a Value, at: &str, known: &[&str]) -> Result<&'a Map<String, Value>, Error> {
    let fields = value.as_object().ok_or_else(|| bad(at, "it is no object"))?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(fields),
        Some(name) => {
            Err(bad(&join(at, name), "there is no such rule")
                .hint(format!("known here: {}", known.join(", "))))
        }
    }
}

fn array<'a>(value: &'a Value, at: &str) -> Result<&'a Vec<Value>, Error> {
    value.as_array().ok_or_else(|| bad(at, "it is no list"))
}

fn text<'a>(value: Option<&'a Value>, at: &str) -> Result<&'a str, Error> {
    match value {
        None => Err(bad(at, "it is missing")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(bad(at, "it is no text")),
    }
}

fn one_of(value: Option<&Value>, at: &str, known: &[&'static str]) -> Result<&'static str, Error> {
    let text = text(value, at)?;
    known.iter().copied().find(|known| *known == text).ok_or_else(|| {
        bad(at, &format!("`{text}` is not known")).hint(format!("known here: {}", known.join(", ")))
    })
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// A policy that can't be used.
pub const BAD_POLICY: Code = Code::new("bad_policy");

fn bad(at: &str, what: &str) -> Error {
    let place = if at.is_empty() { "the policy".to_owned() } else { format!("the policy at `{at}`") };
    Error::new(Kind::Failure, BAD_POLICY, format!("{place} can't be used: {what}"))
}

mod strict {
    //! JSON in which no name stands twice: of two budgets, which one holds depends on who reads.

    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
    use serde_json::{Map, Number, Value};

    pub(super) struct Unique(pub(super) Value);

    impl<'de> Deserialize<'de> for Unique {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Any).map(Self)
        }
    }

    struct Any;

    impl<'de> Visitor<'de> for Any {
        type Value = Value;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
            Ok(Value::Bool(value))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
            Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
        }

        fn visit_str<E>(self, value: &str) -> Result<Value, E> {
            Ok(value.into())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
            let mut items = Vec::new();
            while let Some(Unique(item)) = list.next_element()? {
                items.push(item);
            }
            Ok(Value::Array(items))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
            let mut fields = Map::new();
            while let Some((name, Unique(value))) = object.next_entry::<String, Unique>()? {
                if fields.insert(name.clone(), value).is_some() {
                    return Err(A::Error::custom(format!("`{name}` stands there twice")));
                }
            }
            Ok(Value::Object(fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"v":"0.1","budget":{"daily":"10","perCall":"2","currency":"USDC"},
        "hosts":{"allow":["a.example"],"deny":["Evil.Example."]},"priceCeiling":"0.5",
        "triggers":[{"type":"cron","expression":"* * * * *"},{"type":"webhook","path":"/x"},{"type":"interval","seconds":5}],
        "stopOn":[{"reason":"r","when":"manual"}]}"#;

    #[test]
    fn the_whole_of_it() {
        let rules = Rules::parse(WHOLE.as_bytes()).expect("rules");
        assert_eq!(rules.price_ceiling, "0.5".parse().ok());
        assert_eq!(rules.deny, vec![Name::Domain("evil.example".to_owned())]);
        let again = Rules::parse(rules.document().to_string().as_bytes()).expect("rules");
        assert_eq!(again, rules);
    }

    #[test]
    fn errors_name_the_place() {
        let minimal =
            r#"{"v":"0.1","budget":{"daily":"1","perCall":"1","currency":"USDC"},"hosts":{},"triggers":[]}"#;
        assert!(Rules::parse(minimal.as_bytes()).is_ok());
        for (from, to, place) in [
            (r#""v":"0.1""#, r#""v":"0.2""#, "`v`"),
            (r#""daily":"1""#, r#""daily":1"#, "`budget.daily`"),
            (r#""daily":"1""#, r#""daily":"1e3""#, "`budget.daily`"),
            (r#""daily":"1""#, r#""daily":"-1""#, "`budget.daily`"),
            (r#""daily":"1","#, "", "`budget.daily`"),
            (r#""USDC""#, r#""USDT""#, "`budget.currency`"),
            (r#""hosts":{}"#, r#""hosts":{"denied":[]}"#, "`hosts.denied`"),
            (r#""hosts":{}"#, r#""hosts":{"deny":["ok.example","*.x"]}"#, "`hosts.deny[1]`"),
            (r#""hosts":{}"#, r#""hosts":{"deny":"x"}"#, "`hosts.deny`"),
            (r#","hosts":{}"#, "", "`hosts`"),
            (r#""triggers":[]"#, r#""triggers":[{"type":"interval","seconds":0}]"#, "`triggers[0].seconds`"),
            (r#""triggers":[]"#, r#""triggers":[{"type":"x"}]"#, "`triggers[0].type`"),
            (r#""triggers":[]"#, r#""triggers":[],"stopOn":[{"reason":"r","when":"x"}]"#, "`stopOn[0].when`"),
            (r#""triggers":[]"#, r#""triggers":[],"priceCeiling":null"#, "`priceCeiling`"),
            (r#""triggers":[]"#, r#""triggers":[],"triggers":[]"#, "twice"),
            (r#""triggers":[]"#, r#""triggers":[],"extra":1"#, "`extra`"),
        ] {
            let text = minimal.replacen(from, to, 1);
            let error = Rules::parse(text.as_bytes()).expect_err(&text);
            assert!(error.message().contains(place), "{place}: {}", error.message());
        }
        for text in ["", "[]", "null", "{", "\u{0}"] {
            assert!(Rules::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
