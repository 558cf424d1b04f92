//! `leash payments list` and `show`: what is on the disk. No endpoint is asked.

use leash_buyer::Open;
use leash_command::Host;
use leash_output::{Error, command, count, escape};
use serde_json::{Value, json};

use super::{agent, choose, item, survey};

/// How much of an id identifies it for a person.
const SHORT: usize = 8;

pub(super) fn all(host: &Host) -> Result<(), Error> {
    let identity = agent(host)?;
    let all = survey(host, &identity)?;
    let items: Vec<Value> = all.iter().map(item).collect();
    let document = json!({
        "kind": "payments",
        "status": "ok",
        "agent_mint": identity.mint.to_string(),
        "network": identity.network.as_str(),
        "count": items.len(),
        "items": items,
    });
    host.out.result(&document, || {
        if all.is_empty() {
            return "no payment is open".to_owned();
        }
        let mut text = format!("{} not over yet:\n", count(all.len(), "payment"));
        for open in &all {
            text.push_str(&format!("  {}\n", line(open)));
        }
        text.push_str(&format!("`{}` finds out what became of them\n", command("payments resolve")));
        text
    })
}

/// A payment on one line.
pub(super) fn line(open: &Open) -> String {
    let id = open.id.get(..SHORT).unwrap_or(&open.id);
    format!(
        "{id}  {:<9}  {:>12}  {}  {} {}",
        open.state.as_str(),
        open.gross,
        escape(open.time.get(..19).unwrap_or(&open.time)),
        escape(&open.method),
        escape(&open.url),
    )
}

pub(super) fn one(host: &Host, id: &str) -> Result<(), Error> {
    let identity = agent(host)?;
    let all = survey(host, &identity)?;
    let open = choose(&all, id)?;
    let mut document = item(open);
    document["kind"] = json!("payment");
    document["status"] = json!("ok");
    document["agent_mint"] = json!(identity.mint.to_string());
    host.out.result(&document, || {
        let mut rows = vec![
            ("state", format!("{}: {}", open.state.as_str(), open.why)),
            ("counts", if open.state.counts() { "yes".to_owned() } else { "no".to_owned() }),
            ("amount", open.gross.clone()),
            ("for", format!("{} {}", open.method, open.url)),
            ("to", format!("{} ({}, {})", open.pay_to, open.network, open.protocol)),
            ("begun", open.time.clone()),
        ];
        if let Some(plugin) = &open.plugin {
            rows.push(("plugin", plugin.clone()));
        }
        if let Some(until) = open.counts_until {
            rows.push(("until", format!("{until} at least, unless the chain shows it before")));
        }
        if let Some(transaction) = document["tx_signature"].as_str() {
            rows.push(("tx", transaction.to_owned()));
        }
        let rows = rows.iter().map(|(name, value)| format!("  {name:<8} {}\n", escape(value)));
        format!("payment {}\n{}", open.id, rows.collect::<String>())
    })
}
