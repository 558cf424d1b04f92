//! Handing over what was bought: the body as it came, a summary beside it, or all of it as a document.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_api::WebAnswer;
use leash_chain::{Network, Signature};
use leash_files::{Paths, atomic::Aside};
use leash_output::{Error, escape, stdout_is_open, write_stdout};
use leash_session::Session;
use serde_json::{Map, Value, json};

use crate::{
    KIND,
    desk::Desk,
    entry::{Asked, Ended, Entry, Price},
    outcome::Landed,
};

/// What was bought, and what the document says of it.
pub struct Goods<'a> {
    /// The document, without the body.
    pub document: &'a Map<String, Value>,
    /// The body.
    pub body: &'a [u8],
}

/// Takes what was bought, and says once it has arrived where it was to go.
pub type Hand<'a> = Box<dyn FnOnce(&Goods<'_>) -> Result<(), Error> + 'a>;

/// Where the body will go.
pub enum Output<'a> {
    /// To stdout.
    Stdout,
    /// To a new file.
    File(Box<(Aside, PathBuf)>),
    /// To somebody who passes it on.
    Hand(Hand<'a>),
}

/// How a payment ended.
pub(crate) struct Report {
    pub(crate) entry: Entry,
    pub(crate) landed: Option<Landed>,
    pub(crate) receipt: Option<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) resumed: bool,
}

impl Output<'_> {
    /// Whether somebody else passes it on. Whoever that is may ask for the next thing at once, so that this one is over with
    /// its arrival.
    pub(crate) const fn is_handed(&self) -> bool {
        matches!(self, Self::Hand(_))
    }

    /// Made before anything is paid, so that what can be known to fail fails first.
    ///
    /// # Errors
    /// Where it can't be made, or stdout is closed.
    pub fn open(file: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = file.filter(|path| path.as_os_str() != "-") else {
            if stdout_is_open() {
                return Ok(Self::Stdout);
            }
            return Err(Error::failure("stdout", "stdout is closed, so there is nowhere to put the answer")
                .hint("nothing was paid; use `--out FILE`"));
        };
        let aside = Aside::open(path).map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                return Error::failure("file_exists", format!("`{}` exists already", Paths::display(path)))
                    .hint("nothing was paid; name a new file");
            }
            Error::io("create", path, &error).hint("nothing was paid; name a file that can be made")
        })?;
        Ok(Self::File(Box::new((aside, path.to_owned()))))
    }

    /// Puts out the body, and what the document says of it.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn put(self, session: &Session, body: &[u8], document: &mut Map<String, Value>) -> Result<(), Error> {
        let text = std::str::from_utf8(body).ok();
        match self {
            Self::Hand(hand) => return hand(&Goods { document, body }),
            Self::File(file) => {
                let (aside, path) = *file;
                aside
                    .put(body)
                    .map_err(|error| Error::io("write", &path, &error).hint("make room on the disk"))?;
                document.insert("response_body".into(), Value::Null);
                document.insert("out".into(), json!(path.to_string_lossy()));
            }
            Self::Stdout if session.out.json => {
                document.insert("response_body".into(), json!(text));
                if text.is_none() {
                    document.insert("response_body_base64".into(), json!(STANDARD.encode(body)));
                }
            }
            // A terminal must not be told what to do by a seller.
            Self::Stdout if session.out.is_terminal() => {
                let text = String::from_utf8_lossy(body);
                let lines: Vec<_> = text.lines().map(escape).collect();
                if !lines.is_empty() {
                    session.out.text(&lines.join("\n"))?;
                }
            }
            Self::Stdout => write_stdout(body)?,
        }
        if session.out.json { session.out.document(&Value::Object(document.clone())) } else { Ok(()) }
    }
}

/// What was paid for.
pub(crate) fn paid(desk: &Desk<'_>, report: &Report, output: Output<'_>) -> Result<(), Error> {
    let (entry, price) = (&report.entry, &report.entry.price);
    let Some(answer) = &entry.answer else { return Err(Error::failure("internal", "no answer")) };
    let transaction = report.landed.map(|landed| landed.transaction).or(answer.claimed());
    let mut document = head(desk, &entry.asked);
    document.insert("protocol".into(), json!(price.protocol));
    let was_paid = !matches!(entry.outcome, Some(Ended::Failed { .. } | Ended::Expired { .. }));
    let paid = if was_paid { price.gross } else { 0 };
    document.insert("paid_amount_atomic".into(), json!(paid.to_string()));
    price_fields(&mut document, price);
    document.insert("tx_signature".into(), json!(transaction));
    document.insert("confirmed".into(), json!(report.landed.is_some()));
    document.insert("slot".into(), json!(report.landed.map(|landed| landed.slot)));
    document.insert("resumed".into(), json!(report.resumed));
    document.insert("response_status".into(), json!(answer.status));
    document.insert("content_type".into(), json!(answer.content_type));
    document.insert("receipt_hash".into(), json!(report.receipt));
    let page = report.receipt.as_ref().map(|hash| format!("{}/receipt/{hash}", desk.account.explorer_url));
    document.insert("receipt_url".into(), json!(page));
    document.insert("seller_receipt_hash".into(), json!(answer.seller_receipt));
    if let Some(receipt) = &answer.payment_receipt {
        document.insert("payment_receipt".into(), json!(receipt));
    }
    if let Some(reason) = &answer.unsettled {
        document.insert("unsettled".into(), json!(reason));
    }
    let explorer = transaction.map(|transaction| {
        let cluster = if desk.account.network == Network::Devnet { "?cluster=devnet" } else { "" };
        format!("https://solscan.io/tx/{transaction}{cluster}")
    });
    document.insert("explorer_url".into(), json!(explorer));
    output.put(&desk.connector, &report.body, &mut document)?;
    // Of what wasn't paid the caller has said so.
    if !desk.connector.out.json && was_paid {
        summary(&desk.connector, report, transaction);
    }
    Ok(())
}

fn summary(session: &Session, report: &Report, transaction: Option<Signature>) {
    let price = &report.entry.price;
    let earlier = if report.resumed { ", by an earlier run" } else { "" };
    session.out.note(&format!(
        "paid {} (net {}, fee {}){earlier}",
        price.written(price.gross),
        price.decimal(price.net),
        price.decimal(price.fee)
    ));
    session.out.note(&format!(
        "transaction {}",
        transaction.map_or("not known yet".to_owned(), |transaction| transaction.to_string())
    ));
    session
        .out
        .note(&format!("receipt {}", report.receipt.as_deref().unwrap_or("follows once the chain shows it")));
}

/// What costs nothing.
pub(crate) fn free(
    desk: &Desk<'_>,
    asked: &Asked,
    answer: &WebAnswer,
    output: Output<'_>,
) -> Result<(), Error> {
    let mut document = head(desk, asked);
    document.insert("free".into(), json!(true));
    document.insert("paid_amount_atomic".into(), json!("0"));
    document.insert("response_status".into(), json!(answer.status));
    document.insert("content_type".into(), json!(answer.header("content-type")));
    output.put(&desk.connector, &answer.body, &mut document)?;
    desk.connector.out.note("it costs nothing, and nothing was paid");
    Ok(())
}

fn head(desk: &Desk<'_>, asked: &Asked) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("kind".into(), json!(KIND));
    document.insert("status".into(), json!("ok"));
    document.insert("url".into(), json!(asked.url));
    document.insert("method".into(), json!(asked.method));
    document.insert("agent_mint".into(), json!(desk.account.mint));
    document.insert("network".into(), json!(desk.account.network.as_str()));
    document
}

/// What it costs, in atomic units and in decimals.
pub(crate) fn price_fields(document: &mut Map<String, Value>, price: &Price) {
    document.insert("currency".into(), json!(price.currency));
    for (name, amount) in [("net", price.net), ("fee", price.fee), ("gross", price.gross)] {
        document.insert(format!("{name}_atomic"), json!(amount.to_string()));
        document.insert(name.to_owned(), json!(price.decimal(amount)));
    }
    document.insert("asset".into(), json!(price.asset));
    document.insert("pay_to".into(), json!(price.to));
    if !price.splits.is_empty() {
        let splits: Vec<_> = price
            .splits
            .iter()
            .map(|(to, amount)| json!({ "to": to, "amount": amount.to_string() }))
            .collect();
        document.insert("splits".into(), json!(splits));
    }
}

impl Report {
    /// Whether what was bought is an error of the seller's.
    pub(crate) fn verdict(&self, desk: &Desk<'_>) -> Result<(), Error> {
        let status = self.entry.answer.as_ref().map_or(0, |answer| answer.status);
        if status < 400 {
            return Ok(());
        }
        if desk.connector.out.json {
            return Err(Error::reported());
        }
        Err(Error::failure("http_status", format!("it was paid, and it answered {status}"))
            .hint("take it up with the seller, who is named by the transaction"))
    }
}
