//! `leash sell`: payment links, by which others pay the agent.

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_api::{LinkResponse, NewPaymentLink, PaymentLink};
use leash_output::{Error, escape};
use leash_plugin::{Builtin, Host, api_error};
use serde_json::{Map, Value, json};
use url::Url;

use crate::label;

/// The built-in.
pub(crate) struct Sell;

#[derive(Subcommand)]
enum Sub {
    /// Create a payment link: a URL that answers whoever pays its price
    CreateLink(CreateLink),
}

#[derive(clap::Args)]
struct CreateLink {
    /// What the link is called; at most 120 characters
    #[arg(long, value_name = "NAME")]
    label: String,
    /// The price, a decimal number: `0.01`
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    amount: String,
    /// The currency: USDC, USDG or USDT
    #[arg(long, value_name = "CODE", default_value = "USDC")]
    currency: String,
    /// What buyers get; at most 500 characters
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The method that buyers use: GET or POST
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,
    /// Your own endpoint, to which paid calls are forwarded
    #[arg(long, value_name = "URL")]
    upstream_url: Option<String>,
    /// A JSON object that shows the body that buyers should send
    #[arg(long, value_name = "JSON")]
    expected_body: Option<String>,
    /// How buyers pay: x402 or mpp
    #[arg(long, value_name = "NAME", default_value = "x402")]
    protocol: String,
}

impl Builtin for Sell {
    fn name(&self) -> &'static str {
        "sell"
    }

    fn summary(&self) -> &'static str {
        "Create payment links by which others pay the agent"
    }

    fn command(&self) -> Command {
        Sub::augment_subcommands(Command::new("sell").subcommand_required(true).arg_required_else_help(true))
            .after_help(
                "Examples:\n  leash sell create-link --label Quote --amount 0.01\n  \
                 leash sell create-link --label OCR --amount 0.05 --method POST --expected-body '{\"image_url\":\"string\"}'\n  \
                 leash sell create-link --label Data --amount 1.50 --upstream-url https://api.example.com/v1/data\n\n\
                 It needs an API key: export LEASH_API_KEY=\"$(leash api-key create --label NAME --quiet)\"",
            )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "payment_link"
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        match Sub::from_arg_matches(matches).map_err(|error| Error::usage(error.to_string()))? {
            Sub::CreateLink(args) => create_link(host, &args),
        }
    }
}

fn create_link(host: &Host, args: &CreateLink) -> Result<(), Error> {
    let draft = Draft::check(args)?;
    let identity = host.identity()?;
    let mint = identity.mint;
    let network = identity.network;
    let client = host.client(identity, true)?;
    let progress = host.out.progress("creating the link");
    let link = host.block_on(client.create_payment_link(&draft.link(&mint.to_string())))?.map_err(api_error)?;
    drop(progress);
    check_payee(&link, &mint)?;

    let mut document = json!({
        "kind": "payment_link",
        "status": "ok",
        "id": link.id,
        "url": link.share_url,
        "price": draft.price,
        "currency": draft.currency,
        "label": args.label,
        "method": draft.method,
        "protocol": draft.protocol,
    });
    if let Some(upstream) = &draft.upstream {
        document["upstream_url"] = json!(upstream);
    }
    if let Some(expected) = &draft.expected_body {
        document["expected_request_body"] = json!(expected);
    }
    document["network"] = json!(link.network);
    document["owner_agent"] = json!(link.owner_agent);
    for name in ["pay_to", "accepts"] {
        if let Some(value) = link.extra.get(name) {
            document[name] = value.clone();
        }
    }
    if link.network != network.as_str() {
        host.out.warn(&format!("the link is on {}, the agent on {network}", link.network));
    }
    host.out.result(&document, || {
        let mut text = format!("payment link created ({})\n", draft.protocol);
        let mut field = |name: &str, value: &str| {
            text.push_str(&format!("  {:<12} {}\n", format!("{name}:"), escape(value)));
        };
        field("id", &link.id);
        field("url", &link.share_url);
        field("price", &draft.price);
        field("method", draft.method);
        if let Some(upstream) = &draft.upstream {
            field("upstream", upstream);
        }
        if draft.expected_body.is_some() {
            field("expected", "request body metadata set");
        }
        field("network", &link.network);
        field("owner_agent", &link.owner_agent);
        text
    })
}

/// What was typed, checked.
struct Draft<'a> {
    args: &'a CreateLink,
    price: String,
    currency: &'static str,
    method: &'static str,
    protocol: &'static str,
    upstream: Option<String>,
    /// The part of `upstream` that names the provider.
    origin: Option<String>,
    expected_body: Option<Map<String, Value>>,
}

impl<'a> Draft<'a> {
    fn check(args: &'a CreateLink) -> Result<Self, Error> {
        label::check(&args.label)?;
        if args.description.as_ref().is_some_and(|text| text.encode_utf16().count() > 500) {
            return Err(Error::usage("`--description` is longer than 500 characters").hint("shorten it"));
        }
        let currency = choice("currency", &args.currency.to_uppercase(), &["USDC", "USDG", "USDT"])?;
        let upstream = args.upstream_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
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

    fn link(&self, owner_agent: &str) -> NewPaymentLink {
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
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
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

fn expected_body(text: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(text).map_err(|_| {
        Error::usage("`--expected-body` is no JSON object")
            .hint("describe the body by an example: `--expected-body '{\"q\":\"string\"}'`")
    })
}

/// A link that pays somebody else is worse than none.
fn check_payee(link: &PaymentLink, mint: &leash_chain::Address) -> Result<(), Error> {
    let treasury = leash_chain::treasury(mint).to_string();
    match link.extra.get("pay_to").and_then(Value::as_str) {
        Some(pay_to) if pay_to != treasury => Err(Error::failure(
            "wrong_payee",
            format!("the API made link `{}` that pays `{pay_to}`, not the agent's treasury `{treasury}`", link.id),
        )
        .hint("don't share the link; check the API's URL with `leash agent show`")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_decimals() {
        for (typed, sent) in
            [("0.01", "0.01"), ("5000", "5000"), ("1.50", "1.5"), ("0.000001", "0.000001"), ("007.0", "7")]
        {
            assert_eq!(amount(typed).expect(typed), sent);
        }
        for typed in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "0", "0.0", "0.0000001", "NaN", "1,5", "١", " 1", "99999999999999"]
        {
            assert!(amount(typed).is_err(), "{typed}");
        }
    }
}
