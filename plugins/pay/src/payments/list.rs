//! `leash payments list` and `show`: what is on the disk. No endpoint is asked.

use leash_command::Host;
use leash_output::{Error, command, count, escape};
use serde_json::{Value, json};

use super::{agent, choose, counts_until, entries, item, why};
use crate::entry::Entry;

/// How much of an id identifies it for a person.
const SHORT: usize = 8;

pub(super) fn all(host: &Host) -> Result<(), Error> {
    let identity = agent(host)?;
    let (_, entries) = entries(host, &identity)?;
    let items: Vec<Value> = entries.iter().map(item).collect();
    let document = json!({
        "kind": "payments",
        "status": "ok",
        "agent_mint": identity.mint.to_string(),
        "network": identity.network.as_str(),
        "count": items.len(),
        "items": items,
    });
    host.out.result(&document, || {
        if entries.is_empty() {
            return "no payment is open".to_owned();
        }
        let mut text = format!("{} not over yet:\n", count(entries.len(), "payment"));
        for entry in &entries {
            text.push_str(&format!("  {}\n", line(entry)));
        }
        text.push_str(&format!("`{}` finds out what became of them\n", command("payments resolve")));
        text
    })
}

/// A payment on one line.
pub(super) fn line(entry: &Entry) -> String {
    let id = entry.id.get(..SHORT).unwrap_or(&entry.id);
    format!(
        "{id}  {:<9}  {:>12}  {}  {} {}",
        entry.state().as_str(),
        entry.price.written(entry.price.gross),
        escape(entry.time.get(..19).unwrap_or(&entry.time)),
        escape(&entry.asked.method),
        escape(&entry.asked.url),
    )
}

pub(super) fn one(host: &Host, id: &str) -> Result<(), Error> {
    let identity = agent(host)?;
    let (_, entries) = entries(host, &identity)?;
    let entry = choose(&entries, id)?;
    let mut document = item(entry);
    document["kind"] = json!("payment");
    document["status"] = json!("ok");
    document["agent_mint"] = json!(identity.mint.to_string());
    host.out.result(&document, || {
        let price = &entry.price;
        let mut rows = vec![
            ("state", format!("{}: {}", entry.state().as_str(), why(entry))),
            ("counts", if entry.state().counts() { "yes".to_owned() } else { "no".to_owned() }),
            ("amount", price.written(price.gross)),
            ("for", format!("{} {}", entry.asked.method, entry.asked.url)),
            ("to", format!("{} ({}, {})", price.to, price.network, price.protocol)),
            ("begun", entry.time.clone()),
        ];
        if let Some(plugin) = &entry.plugin {
            rows.push(("plugin", plugin.clone()));
        }
        if let Some(until) = counts_until(entry) {
            rows.push(("until", format!("{until} at least, unless the chain shows it before")));
        }
        if let Some(transaction) = document["tx_signature"].as_str() {
            rows.push(("tx", transaction.to_owned()));
        }
        let rows = rows.iter().map(|(name, value)| format!("  {name:<8} {}\n", escape(value)));
        format!("payment {}\n{}", entry.id, rows.collect::<String>())
    })
}
