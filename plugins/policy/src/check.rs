//! `leash policy check`: whether a payment would be allowed. Nothing is reserved by asking.

use leash_command::Host;
use leash_output::{Error, Kind, escape};
use leash_policy::{Denial, Request, Usd, evaluate, gross};
use serde_json::{Map, Value, json};

use crate::desk::{Desk, effective_json};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the request would go
    url: String,
    /// What would leave the treasury, the fee included
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true, required_unless_present = "net")]
    price: Option<String>,
    /// What the seller asks; the fee of 1 % is added
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true, conflicts_with = "price")]
    net: Option<String>,
    /// The request's method
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let method = args.method.to_ascii_uppercase();
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(
            Error::usage(format!("`{}` is no method", args.method)).hint("for example `--method POST`")
        );
    }
    let desk = Desk::open(host)?;
    let state = desk.state()?;
    let (price, fee) = match (&args.price, &args.net) {
        (Some(price), _) => (price.clone(), None),
        (None, Some(net)) => with_fee(net),
        (None, None) => (String::new(), None),
    };
    let gross = in_words(args, &price, fee.as_deref());
    let denial =
        evaluate(&desk.effective.rules, &Request { url: &args.url, price: Some(&price) }, &state).err();
    let fields = json!({
        "decision": if denial.is_none() { "allow" } else { "deny" },
        "reason": denial.as_ref().map(|denial| denial.reason.as_str()),
        "agent_mint": desk.identity.mint.to_string(),
        "method": method,
        "url": args.url,
        "price": price,
        "gross": price,
        "net": args.net,
        "fee": fee,
        "spent_today": state.spent.to_string(),
        "left_today": desk.left(&state).to_string(),
        "effective": effective_json(&desk.effective),
    });
    let Value::Object(fields) = fields else { return Err(Error::failure("internal", "no document")) };
    let Some(Denial { reason, detail }) = denial else {
        let mut document = Map::new();
        document.insert("kind".to_owned(), "policy_check".into());
        document.insert("status".to_owned(), "ok".into());
        document.extend(fields);
        return host.out.result(&document.into(), || {
            format!(
                "allow\n  {}\n  {} USDC left today after it",
                escape(&gross),
                after(&desk, &price, state.spent)
            )
        });
    };
    if !host.out.json {
        host.out.text(&format!("deny  {reason}"))?;
        host.out.note(&escape(&gross));
    }
    Err(Error::new(Kind::Negative, reason.as_str(), format!("denied: {detail}"))
        .hint("`leash policy explain` says what is checked, and where each limit comes from")
        .with_fields(fields))
}

/// What leaves the treasury for a net price, and the fee in it; what is no amount is left as it is, and denied as such.
fn with_fee(net: &str) -> (String, Option<String>) {
    let amount: Result<Usd, _> = net.parse();
    let decimal = |atomic| Usd::from_atomic(atomic).to_string();
    match amount.ok().and_then(Usd::to_atomic).and_then(gross) {
        Some((gross, fee)) => (decimal(gross), Some(decimal(fee))),
        None => (net.to_owned(), None),
    }
}

/// What was checked: the gross, and how it came about.
fn in_words(args: &Args, price: &str, fee: Option<&str>) -> String {
    match (&args.net, fee) {
        (Some(net), Some(fee)) => {
            format!("checked: {price} USDC leave the treasury, {net} net and {fee} fee")
        }
        (Some(net), None) => format!("checked: {net}, which is no amount"),
        (None, _) => format!(
            "checked: {price} USDC as what leaves the treasury, a fee included; `--net` adds the fee of 1 % to a price"
        ),
    }
}

fn after(desk: &Desk, price: &str, spent: Usd) -> String {
    let price = price.parse().unwrap_or_default();
    spent.plus(price).map_or_else(String::new, |after| desk.effective.rules.daily.minus(after).to_string())
}
