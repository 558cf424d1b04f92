//! What was typed for a link, checked before anything is asked of the API.

use leash_api::{LinkResponse, NewPaymentLink};
use leash_output::Error;
use serde_json::{Map, Value, json};
use url::Url;

use super::CreateLink;
use crate::label;

/// What was typed, checked.
pub(super) struct Draft<'a> {
    args: &'a CreateLink,
    pub(super) price: String,
    pub(super) currency: &'static str,
    pub(super) method: &'static str,
    pub(super) protocol: &'static str,
    pub(super) upstream: Option<String>,
    /// The part of `upstream` that names the provider.
    origin: Option<String>,
    pub(super) expected_body: Option<Map<String, Value>>,
}

impl<'a> Draft<'a> {
    pub(super) fn check(args: &'a CreateLink) -> Result<Self, Error> {
        label::check(&args.label, "name what is sold: `--label Quote`")?;
        if args.description.as_ref().is_some_and(|text| text.encode_utf16().count() > 500) {
            return Err(Error::usage("`--description` is longer than 500 characters").hint("shorten it"));
        }
        let currency = choice("currency", &args.currency.to_uppercase(), &["USDC", "USDG", "USDT"])?;
        let upstream = args.upstream_url.as_deref().map(str::trim);
        let origin = upstream.map(upstream_origin).transpose()?;
        let expected_body = args.expected_body.as_deref().map(expected_body).transpose()?;
        Ok(Self {
            args,
            price: format!("{} {currency}", amount(&args.amount)?),
            currency,
            method: choice("method", &args.method.to_uppercase(), &["GET", "POST"])?,
            protocol: choice("protocol", &args.protocol.to_lowercase(), &["x402", "mpp"])?,
            upstream: upstream.map(str::to_owned),
            origin,
            expected_body,
        })
    }

    pub(super) fn link(&self, owner_agent: &str) -> NewPaymentLink {
        let body = match &self.upstream {
            Some(upstream) => json!({
                "ok": true,
                "message": "Payment accepted. Call the protected endpoint to receive live data.",
                "upstream_url": upstream,
            }),
            None => json!({ "ok": true, "label": self.args.label }),
        };
        let mut metadata = Map::new();
        if let (Some(upstream), Some(origin)) = (&self.upstream, &self.origin) {
            metadata.insert("upstream_url".into(), json!(upstream));
            metadata.insert("provider_url".into(), json!(origin));
        }
        if let Some(expected) = &self.expected_body {
            metadata.insert("expected_request_body".into(), json!(expected));
        }
        if !metadata.is_empty() {
            metadata.insert("pricing_type".into(), json!("fixed"));
        }
        NewPaymentLink {
            id: None,
            label: self.args.label.clone(),
            description: self.args.description.clone().filter(|text| !text.is_empty()),
            owner_agent: owner_agent.to_owned(),
            method: self.method.to_owned(),
            price: self.price.clone(),
            currency: self.currency.to_owned(),
            protocol: self.protocol.to_owned(),
            response: LinkResponse { status: 200, mime_type: "application/json".to_owned(), body },
            metadata: (!metadata.is_empty()).then_some(metadata),
        }
    }
}

/// An amount as the API takes it: no sign, no exponent, at most six decimals (all three currencies have
/// six), above zero, and within 64 bits of atomic units. Zeros that say nothing are left out.
fn amount(text: &str) -> Result<String, Error> {
    let bad = |what: &str| {
        Err(Error::usage(format!("`--amount {text}` can't be charged: {what}"))
            .hint("an amount is a decimal number above zero with at most six decimals: `0.01`"))
    };
    let (whole, fraction) = match text.split_once('.') {
        Some(("", fraction)) => ("0", fraction),
        Some(parts) => parts,
        None => (text, "0"),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return bad("it is no decimal number");
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > 6 {
        return bad("it has more than six decimals");
    }
    if whole.is_empty() && fraction.is_empty() {
        return bad("it is zero");
    }
    if format!("{whole}{fraction:0<6}").parse::<u64>().is_err() {
        return bad("it is more than a token account can hold");
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

fn choice(option: &str, typed: &str, choices: &[&'static str]) -> Result<&'static str, Error> {
    choices.iter().copied().find(|choice| *choice == typed).ok_or_else(|| {
        Error::usage(format!("`{typed}` is no value of `--{option}`"))
            .hint(format!("`--{option}` is one of {}", choices.join(", ")))
    })
}

fn upstream_origin(text: &str) -> Result<String, Error> {
    let bad = |what: String| {
        Error::usage(format!("`--upstream-url` can't be used: {what}"))
            .hint("name your endpoint in full: `https://api.example.com/v1/data`")
    };
    let url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad("it is no http or https URL".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a user or password in it would be public".to_owned()));
    }
    Ok(url.origin().ascii_serialization())
}

/// The object as JavaScript would send it on: `1.0` is `1`, and names that look like indices come first.
fn expected_body(text: &str) -> Result<Map<String, Value>, Error> {
    let read = leash_js::json::parse(text.as_bytes()).ok();
    read.and_then(|value| serde_json::from_str(&value.to_json()).ok()).ok_or_else(|| {
        Error::usage("`--expected-body` is no JSON object")
            .hint("describe the body by an example: `--expected-body '{\"q\":\"string\"}'`")
    })
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_decimals() {
        for (typed, sent) in [
            ("0.01", "0.01"),
            ("5000", "5000"),
            ("1.50", "1.5"),
            ("0.000001", "0.000001"),
            ("007.0", "7"),
            (".5", "0.5"),
        ] {
            assert_eq!(amount(typed).expect(typed), sent);
        }
        for typed in [
            "",
            ".",
            "1.",
            ".5.",
            "-1",
            "+1",
            "1e3",
            "0",
            "0.0",
            "0.0000001",
            "NaN",
            "1,5",
            "١",
            " 1",
            "99999999999999",
        ] {
            assert!(amount(typed).is_err(), "{typed}");
        }
    }
}
