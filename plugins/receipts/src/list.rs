//! `leash receipts`: the newest receipts.

use leash_command::Host;
use leash_identity::Identity;
use leash_output::{Error, command, count};
use serde_json::{Value, json};

use crate::{
    feed::{self, Direction, Source},
    item, publish,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Show at most N receipts, 1 to 200
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: Option<u16>,
    /// Which way the money went
    #[arg(long, value_name = "DIRECTION", default_value = "both")]
    direction: Direction,
    /// Go on after a page that the API gave: its `next_cursor`
    #[arg(long, value_name = "CURSOR", conflicts_with = "local")]
    cursor: Option<String>,
    /// What this machine wrote, and not what the API has
    #[arg(long)]
    local: bool,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let identity = feed::agent(host)?;
    let (mint, network) = (identity.mint, identity.network);
    let source = feed::source(host, &identity, args.local);
    if source == Source::Api {
        tell_pending(host, &identity);
    }
    let feed = feed::newest(host, identity, source, args.direction, args.limit, args.cursor.as_deref())?;
    if feed.unreadable > 0 {
        host.out.warn(&format!("left out because they are no receipts: {}", feed.unreadable));
    }
    let items: Vec<Value> = feed
        .rows
        .iter()
        .map(|row| {
            let mut fields = item::fields(row);
            fields["explorer_url"] = json!(
                row.receipt.tx_sig.as_deref().map(|signature| item::transaction_url(signature, network))
            );
            fields
        })
        .collect();
    let document = json!({
        "kind": "receipts",
        "status": "ok",
        "agent_mint": mint.to_string(),
        "network": network.as_str(),
        "source": source.as_str(),
        "count": items.len(),
        "next_cursor": feed.next_cursor,
        "truncated": feed.truncated || feed.next_cursor.is_some(),
        "items": items,
    });
    if feed.truncated && source == Source::Local {
        host.out.note("there are more; `--limit` shows up to 200, the chain itself has them all");
    }
    host.out.result(&document, || {
        if feed.rows.is_empty() {
            return "no receipts yet".to_owned();
        }
        let mut text = format!("{} receipt(s):\n", feed.rows.len());
        for row in &feed.rows {
            text.push_str(&format!("  • {}\n", item::line(row)));
        }
        text
    })
}

/// What the API has can be shown whatever is wrong with the chain here.
fn tell_pending(host: &Host, identity: &Identity) {
    match publish::pending(host, identity) {
        Ok(0) => {}
        Ok(pending) => host.out.note(&format!(
            "not there yet, of this machine: {}; `{}`",
            count(pending, "receipt"),
            command("receipts publish")
        )),
        Err(error) => host.out.warn(&format!("{}; {}", error.message(), error.hints())),
    }
}
