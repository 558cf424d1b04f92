//! `leash payments resolve`: asks the chain what became of payments, and counts or releases each.

use std::time::Duration;

use leash_buyer::{Desk, Open, Resolved, publish, resolve};
use leash_command::Host;
use leash_output::{Error, count, escape};
use serde_json::{Value, json};

use super::{agent, choose, item, survey};
use crate::run::account_of;

/// The longest that one payment is looked for, where `--timeout` doesn't bound the command.
const EACH: Duration = Duration::from_secs(60);

pub(super) fn run(host: &Host, id: Option<&str>) -> Result<(), Error> {
    let identity = agent(host)?;
    let desk = Desk::new(host.connector(), account_of(&identity))?;
    let all = survey(host, &identity)?;
    let chosen: Vec<&Open> = match id {
        Some(id) => vec![choose(&all, id)?],
        None => all.iter().collect(),
    };
    desk.sweep()?;
    let mut resolved = Vec::new();
    for (number, open) in chosen.iter().enumerate() {
        let progress = host.out.progress(&format!("looking for payment {} of {}", number + 1, chosen.len()));
        resolved.push((*open, resolve(&desk, &open.id, EACH)));
        drop(progress);
    }
    if resolved
        .iter()
        .any(|(_, it)| matches!(it, Resolved::Paid(_) | Resolved::Counted(_) | Resolved::GivenBack))
    {
        publish(&desk);
    }
    report(host, &desk, &resolved)
}

fn report(host: &Host, desk: &Desk<'_>, resolved: &[(&Open, Resolved)]) -> Result<(), Error> {
    let items: Vec<Value> = resolved
        .iter()
        .map(|(open, result)| {
            let mut fields = item(open);
            fields["result"] = json!(result.as_str());
            fields["says"] = json!(result.says());
            fields
        })
        .collect();
    let unresolved =
        resolved.iter().filter(|(_, it)| matches!(it, Resolved::Counts(_) | Resolved::Failed(_))).count();
    let failed = resolved.iter().any(|(_, result)| matches!(result, Resolved::Failed(_)));
    let document = json!({
        "kind": "payments_resolve",
        "status": if failed { "error" } else { "ok" },
        "agent_mint": desk.account.mint.to_string(),
        "network": desk.account.network.as_str(),
        "count": items.len(),
        "unresolved": unresolved,
        "items": items,
    });
    host.out.result(&document, || {
        if resolved.is_empty() {
            return "no payment is open".to_owned();
        }
        let mut text = String::new();
        for (open, result) in resolved {
            let id = open.id.get(..8).unwrap_or(&open.id);
            text.push_str(&format!(
                "{id}  {} for {}\n          {}\n",
                open.gross,
                escape(&open.url),
                escape(&result.says())
            ));
        }
        if unresolved > 0 {
            text.push_str(&format!("{} still open and counted as spent\n", count(unresolved, "payment")));
        }
        text
    })?;
    match (failed, unresolved) {
        (true, _) => Err(Error::reported()),
        (_, 0) => Ok(()),
        _ => Err(Error::reported_negative()),
    }
}
