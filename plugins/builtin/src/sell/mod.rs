//! `leash sell`: payment links, by which others pay the agent.

mod draft;
mod make;
mod notes;

use clap::{ArgMatches, Command, FromArgMatches as _, Subcommand};
use leash_api::{NewPaymentLink, PaymentLink};
use leash_command::{Acting, Builtin, Host};
use leash_output::{Error, Kind, Out, STDOUT, escape};
use leash_protocol::commands::Outline;
use leash_signature::Secret;
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
        &leash_protocol::commands::SELL
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
    let was_told = !matches!(&told, Err(error) if error.is(STDOUT) && error.kind() != Kind::BrokenPipe);
    forget(held.filter(|_| was_told));
    told
}

/// Makes the link, or finds the one that an earlier command made of the same words; with the note of it.
fn make(host: &Host, acting: &Acting, draft: &Draft<'_>) -> Result<(PaymentLink, Option<Held>), Error> {
    let wanted = draft.link(&acting.mint.to_string());
    let key = acting.api_key.as_ref().map(shown).unwrap_or_default();
    let new = Note::new(&wanted, acting.client.base_url(), key)?;
    let held = hold(host, &acting.mint, &new, true);
    match make_noted(host, acting, &wanted, &new, held.as_ref())? {
        Made::Changed => {
            let id = held.as_ref().map_or("", |held| &held.note.id);
            host.out.note(&format!(
                "link `{id}`, which an earlier command made, was changed or disabled since; making another one"
            ));
            forget(held);
            let held = hold(host, &acting.mint, &new, false);
            let made = make_noted(host, acting, &wanted, &new, held.as_ref())?;
            outcome(host, made, held)
        }
        made => outcome(host, made, held),
    }
}

/// Makes the link of the note that is held, or else of the new one.
fn make_noted(
    host: &Host,
    acting: &Acting,
    wanted: &NewPaymentLink,
    new: &Note,
    held: Option<&Held>,
) -> Result<Made, Error> {
    let note = held.map_or(new, |held| &held.note);
    let making = Making {
        client: &acting.client,
        link: &NewPaymentLink { id: Some(note.id.clone()), ..wanted.clone() },
        id: &note.id,
        earlier: held.filter(|held| held.is_earlier).map(|held| held.note.key.as_str()),
        is_noted: held.is_some(),
    };
    host.block_on(async {
        let mut work = Work::begin(host, &acting.client)?;
        Ok(making.run(&mut work).await)
    })?
}

fn outcome(host: &Host, made: Made, held: Option<Held>) -> Result<(PaymentLink, Option<Held>), Error> {
    match made {
        Made::Link(link) => {
            if held.as_ref().is_some_and(|held| held.is_earlier) {
                host.out.note(&format!(
                    "an earlier command was cut off while it made link `{}`; no second one was made",
                    link.id
                ));
            }
            Ok((*link, held))
        }
        Made::Unknown(error) => Err(error),
        Made::Not(error) => {
            forget(held);
            Err(error)
        }
        Made::Changed => Err(Error::failure("internal", "a new link was changed before it was made")),
    }
}

/// Notes what is about to be asked for, or takes up an earlier note of the same. Where that can't be done the link is made
/// all the same, and its id is said beforehand.
fn hold(host: &Host, mint: &leash_chain::Address, new: &Note, take_up: bool) -> Option<Held> {
    match host.paths().and_then(|paths| notes::hold(paths, mint, new, take_up)) {
        Ok(held) => Some(held),
        Err(error) => {
            host.out.warn(&format!(
                "{}; if this command is cut off, find out whether it made link `{}`: {}",
                error.message(),
                new.id,
                make::show(&new.id)
            ));
            None
        }
    }
}

fn forget(held: Option<Held>) {
    if let Some(held) = held {
        held.forget();
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
