//! `leash sell`: payment links, by which others pay the agent.

mod draft;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_api::PaymentLink;
use leash_output::{Error, Out, escape};
use leash_plugin::{Acting, Builtin, Host, Outline, api_error};
use serde_json::{Value, json};

use draft::Draft;

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
    fn outline(&self) -> &'static Outline {
        &leash_outlines::SELL
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
    let Acting { mint, network, client, .. } = host.acting(true)?;
    let progress = host.out.progress("creating the link");
    let link = host.block_on(client.create_payment_link(&draft.link(&mint.to_string())))?.map_err(failure)?;
    drop(progress);
    check_payee(&link, &mint)?;
    warn_of_changes(&host.out, &link, &draft, network.as_str());
    host.out.result(&document(&link, &draft, args), || text(&link, &draft))
}

/// A link that was perhaps made is one that others can pay, so it is worth a look.
fn failure(error: leash_api::Error) -> Error {
    if !error.maybe_sent() {
        return api_error(error);
    }
    Error::failure(error.code().to_owned(), format!("{error}; the link may have been made"))
        .hint("look before you try again: `leash api GET '/v1/payment-links?owner_agent={mint}' --bearer`")
}

/// What the API made of it, where that isn't what was asked for.
fn warn_of_changes(out: &Out, link: &PaymentLink, draft: &Draft<'_>, network: &str) {
    if link.network != network {
        out.warn(&format!("the link is on {}, the agent on {network}", link.network));
    }
    if link.price != draft.price {
        out.warn(&format!("the API made the price `{}` of `{}`", link.price, draft.price));
    }
}

fn document(link: &PaymentLink, draft: &Draft<'_>, args: &CreateLink) -> Value {
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
    document
}

fn text(link: &PaymentLink, draft: &Draft<'_>) -> String {
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
}

/// A link that pays somebody else is worse than none.
fn check_payee(link: &PaymentLink, mint: &leash_chain::Address) -> Result<(), Error> {
    let treasury = leash_chain::treasury(mint).to_string();
    let what = match link.extra.get("pay_to").and_then(Value::as_str) {
        Some(pay_to) if pay_to != treasury => {
            format!("pays `{pay_to}`, not the agent's treasury `{treasury}`")
        }
        _ if link.owner_agent != mint.to_string() => {
            format!("is of agent `{}`, not of `{mint}`", link.owner_agent)
        }
        _ => return Ok(()),
    };
    Err(Error::failure("wrong_payee", format!("the API made link `{}` that {what}", link.id))
        .hint("don't share the link; check the API's URL with `leash agent show`"))
}
