//! `leash daily`: what was paid and earned, by UTC day.

use leash_command::Host;
use leash_output::Error;
use leash_receipts::Totals;
use serde_json::{Value, json};

use crate::{
    feed::{self, Direction},
    history,
};

/// The most receipts that are looked at.
const LIMIT: usize = 1000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many days, 1 to 90
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u16).range(1..=90))]
    days: u16,
    /// What this machine wrote, and not what the API has
    #[arg(long)]
    local: bool,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let identity = feed::agent(host)?;
    let (mint, network) = (identity.mint, identity.network);
    let (from, to) = history::window(args.days);
    let source = feed::source(host, &identity, args.local);
    let feed = feed::since(host, identity, source, Direction::Both, from, LIMIT)?;
    let mut totals = Totals::default();
    for row in &feed.rows {
        totals.add(&row.receipt);
    }
    let rows = feed.rows.iter().filter_map(|row| Some((&row.receipt, row.moment?)));
    let days = leash_receipts::daily(to, u32::from(args.days), rows);
    let daily: Vec<Value> = days.iter().map(|day| sums(Some(&day.date), &day.totals)).collect();
    let mut all = sums(None, &totals);
    all["non_usd_count"] = json!(totals.non_usd_count);
    all["unreadable_count"] = json!(totals.unreadable_count);
    let document = json!({
        "kind": "daily_transactions",
        "status": "ok",
        "agent_mint": mint.to_string(),
        "network": network.as_str(),
        "source": source.as_str(),
        "range": history::range(from, to, args.days),
        "daily": daily,
        "totals": all,
        "truncated": feed.truncated,
    });
    host.out.result(&document, || {
        let mut text = format!(
            "daily {}d (UTC)\n  {:<10}  {:>10}  {:>10}  {:>10}  in/out\n",
            args.days, "date", "sent", "recv", "net"
        );
        for day in &days {
            let dollars = |amount: String| format!("${amount}");
            text.push_str(&format!(
                "  {:<10}  {:>10}  {:>10}  {:>10}  {}/{}\n",
                day.date,
                dollars(day.totals.sent_usd()),
                dollars(day.totals.received_usd()),
                dollars(day.totals.net_usd()),
                day.totals.received_count,
                day.totals.sent_count,
            ));
        }
        text.push_str(&format!(
            "\n  totals: sent ${}  received ${}  net ${}\n",
            totals.sent_usd(),
            totals.received_usd(),
            totals.net_usd()
        ));
        text.push_str(&history::rest(&totals));
        text
    })
}

fn sums(date: Option<&str>, totals: &Totals) -> Value {
    let mut sums = json!({
        "sent_count": totals.sent_count,
        "sent_usd": totals.sent_usd(),
        "received_count": totals.received_count,
        "received_usd": totals.received_usd(),
        "net_usd": totals.net_usd(),
        "fees_usd": totals.fees_usd(),
        "gross_sent_usd": totals.gross_usd(),
        "denied_count": totals.denied_count,
        "rejected_count": totals.rejected_count,
    });
    if let Some(date) = date {
        sums["date"] = json!(date);
    }
    sums
}
