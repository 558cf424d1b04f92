//! `leash sell`: payment links, by which others pay the agent.

mod draft;
mod make;
mod notes;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_api::{NewPaymentLink, PaymentLink};
use leash_output::{Error, Kind, Out, escape};
use leash_plugin::{Acting, Builtin, Host, Outline};
use leash_signer::Secret;
use serde_json::{Value, json};

use crate::api_key::work::Work;
use draft::Draft;
use make::{Made, Making};
use notes::{Held, Note};

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
    let acting = host.acting(true)?;
    let progress = host.out.progress("creating the link");
    let (link, held) = make(host, &acting, &draft)?;
    drop(progress);
    let told = check_payee(&link, &acting.mint).and_then(|()| {
        warn_of_changes(&host.out, &link, &draft, acting.network.as_str());
        host.out.result(&document(&link, &draft, args), || text(&link, &draft))
    });
    // A link that nobody was told of is told of by the same command, typed again.
    let was_told =
        !matches!(&told, Err(error) if error.code() == "stdout" && error.kind() != Kind::BrokenPipe);
    if let Some(held) = held.filter(|_| was_told) {
        held.forget();
    }
    told
}

/// Makes the link, or finds the one that an earlier command made of the same words.
fn make(host: &Host, acting: &Acting, draft: &Draft<'_>) -> Result<(PaymentLink, Option<Held>), Error> {
    let Acting { mint, client, .. } = acting;
    let wanted = draft.link(&mint.to_string());
    let key = acting.api_key.as_ref().map(shown).unwrap_or_default();
    loop {
        let new = Note::new(&wanted, client.base_url(), key.clone())?;
        let held = hold(host, mint, &new);
        let note = held.as_ref().map_or(&new, |held| &held.note);
        let is_earlier = held.as_ref().is_some_and(|held| held.is_earlier);
        let making = Making {
            host,
            client,
            link: &NewPaymentLink { id: Some(note.id.clone()), ..wanted.clone() },
            id: &note.id,
            earlier: is_earlier.then_some(&note.key),
            is_noted: held.is_some(),
        };
        let made = host.block_on(async {
            let mut work = Work::begin(host, client)?;
            Ok::<_, Error>(making.run(&mut work).await)
        })??;
        match made {
            Made::Link(link) => {
                if is_earlier {
                    host.out.note(&format!(
                        "an earlier command was cut off while it made link `{}`; no second one was made",
                        link.id
                    ));
                }
                return Ok((*link, held));
            }
            Made::Unknown(error) => return Err(error),
            Made::Not(error) => {
                held.map(Held::forget);
                return Err(error);
            }
            Made::Changed => {
                host.out.note(&format!(
                    "link `{}`, which an earlier command made, was changed or disabled since; making another one",
                    note.id
                ));
                held.map(Held::forget);
            }
        }
    }
}

/// Notes what is about to be asked for. Where that can't be done the link is made all the same: its id is said.
fn hold(host: &Host, mint: &leash_chain::Address, new: &Note) -> Option<Held> {
    match host.paths().and_then(|paths| notes::hold(paths, mint, new)) {
        Ok(held) => Some(held),
        Err(error) => {
            host.out.warn(&format!(
                "{}; if this command is cut off, find out whether it made link `{}`: {}",
                error.message(),
                new.id,
                make::show(host, &new.id)
            ));
            None
        }
    }
}

/// An API key as the API shows it.
fn shown(key: &Secret<String>) -> String {
    let text = key.expose();
    let prefix = text.rfind('_').and_then(|end| text.get(..=end)).unwrap_or_default();
    let last4 = text.len().checked_sub(4).and_then(|start| text.get(start..)).unwrap_or_default();
    format!("{prefix}…{last4}")
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
