//! `leash history`: the receipts of the last days, and what they come to.

use jiff::{Timestamp, ToSpan as _};
use leash_command::Host;
use leash_output::{Error, count};
use leash_receipts::Totals;
use serde_json::{Value, json};

use crate::{
    feed::{self, Direction},
    item,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many days back, 1 to 90
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u16).range(1..=90))]
    days: u16,
    /// Look at no more than the newest N receipts, 1 to 1000
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Which way the money went
    #[arg(long, value_name = "DIRECTION", default_value = "both")]
    direction: Direction,
    /// What this machine wrote, and not what the API has
    #[arg(long)]
    local: bool,
}

/// A window that ends now.
pub(crate) fn window(days: u16) -> (Timestamp, Timestamp) {
    let now = Timestamp::now();
    (now.saturating_sub((i64::from(days) * 24).hours()).unwrap_or(now), now)
}

/// The window, for a document.
pub(crate) fn range(from: Timestamp, to: Timestamp, days: u16) -> Value {
    json!({ "from": format!("{from:.3}"), "to": format!("{to:.3}"), "days": days })
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let identity = feed::agent(host)?;
    let (mint, network, explorer) = (identity.mint, identity.network, identity.explorer_url.clone());
    let (from, to) = window(args.days);
    let source = feed::source(host, &identity, args.local);
    let feed = feed::since(host, identity, source, args.direction, from, usize::from(args.limit))?;
    let mut totals = Totals::default();
    for row in &feed.rows {
        totals.add(&row.receipt);
    }
    let items: Vec<Value> = feed
        .rows
        .iter()
        .map(|row| {
            let mut fields = item::fields(row);
            fields["explorer_url"] = json!(item::receipt_url(&explorer, &row.receipt.hash));
            fields["tx_explorer_url"] = json!(
                row.receipt.tx_sig.as_deref().map(|signature| item::transaction_url(signature, network))
            );
            fields
        })
        .collect();
    let document = json!({
        "kind": "transaction_history",
        "status": "ok",
        "agent_mint": mint.to_string(),
        "network": network.as_str(),
        "source": source.as_str(),
        "range": range(from, to, args.days),
        "direction": args.direction.as_str(),
        "count": items.len(),
        "truncated": feed.truncated,
        "total_sent_usd": totals.sent_usd(),
        "total_received_usd": totals.received_usd(),
        "net_usd": totals.net_usd(),
        "total_fees_usd": totals.fees_usd(),
        "total_gross_sent_usd": totals.gross_usd(),
        "change_usd": totals.change_usd(),
        "sent_count": totals.sent_count,
        "received_count": totals.received_count,
        "denied_count": totals.denied_count,
        "rejected_count": totals.rejected_count,
        "non_usd_count": totals.non_usd_count,
        "unreadable_count": totals.unreadable_count,
        "items": items,
    });
    host.out.result(&document, || {
        let more = if feed.truncated { "  (truncated)" } else { "" };
        let mut text = format!(
            "history {}d  {} receipt(s){more}\n  sent:     ${}  ({})\n  received: ${}  ({})\n  net:      ${}\n",
            args.days,
            feed.rows.len(),
            totals.sent_usd(),
            totals.sent_count,
            totals.received_usd(),
            totals.received_count,
            totals.net_usd(),
        );
        text.push_str(&rest(&totals));
        if !feed.rows.is_empty() {
            text.push('\n');
        }
        for row in &feed.rows {
            text.push_str(&format!("  {}\n", item::line(row)));
        }
        text
    })
}

/// What only some have.
pub(crate) fn rest(totals: &Totals) -> String {
    let mut text = String::new();
    if totals.fees_usd() != "0" {
        text.push_str(&format!("  fees:     ${} on top of what was sent\n", totals.fees_usd()));
    }
    for (number, what) in [
        (totals.denied_count, "denied by the policy"),
        (totals.rejected_count, "rejected, so that nothing was paid"),
        (totals.non_usd_count, "not in dollars, and in no sum"),
        (totals.unreadable_count, "of an amount that can't be read, and in no sum"),
    ] {
        if number > 0 {
            text.push_str(&format!("  besides:  {} {what}\n", count(number, "receipt")));
        }
    }
    text
}
