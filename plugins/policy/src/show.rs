//! `leash policy show`: the limits that hold, and what was spent today.

use leash_buyer::{Open, State};
use leash_command::Host;
use leash_output::{Error, command, count, escape};
use leash_policy::{Name, Releases, Stop, Usd};
use serde_json::json;

use crate::desk::{Desk, effective_json};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let desk = Desk::open(host)?;
    let state = desk.state()?;
    let open = desk.open_entries()?;
    let releases = desk.ledger.releases(desk.now)?;
    let withheld = withheld(&desk)?;
    let stop = Stop::of(host.paths()?);
    let paused = stop.paused_since()?;
    let left = desk.left(&state);
    let pending =
        open.iter().fold(Usd::ZERO, |sum, entry| sum.plus(Usd::from_atomic(entry.reserved)).unwrap_or(sum));
    let items: Vec<_> = open
        .iter()
        .map(|entry| {
            json!({
                "id": entry.id, "day": entry.day, "time": entry.time, "url": entry.url, "key": entry.key,
                "amount": entry.reserved.to_string(), "amount_usd": Usd::from_atomic(entry.reserved).to_string(),
            })
        })
        .collect();
    let document = json!({
        "kind": "policy",
        "status": "ok",
        "agent_mint": desk.identity.mint.to_string(),
        "network": desk.identity.network.as_str(),
        "is_set": desk.policy.is_some(),
        "file": leash_policy::file(&desk.dir).to_string_lossy(),
        "rules": desk.effective.rules.document(),
        "effective": effective_json(&desk.effective),
        "paused_since": paused,
        "killed": stop.is_killed(),
        "spent_today": state.spent.to_string(),
        "left_today": left.to_string(),
        "unresolved_count": items.len(),
        "unresolved": items,
        "released_today": {
            "nothing_left": releases.known.to_string(),
            "one_endpoint": releases.one_endpoint.to_string(),
            "one_endpoint_at_most": desk.effective.rules.daily.to_string(),
            "two_endpoints": releases.two_endpoints.to_string(),
        },
        "withheld": withheld.iter().map(|payment| json!({
            "id": payment.id, "url": payment.url, "amount": payment.gross_atomic.to_string(), "why": payment.withheld,
        })).collect::<Vec<_>>(),
    });
    host.out.result(&document, || {
        let (effective, rules) = (&desk.effective, &desk.effective.rules);
        let file = if desk.policy.is_some() { desk.file() } else { "none; the defaults hold".to_owned() };
        let ceiling = rules.price_ceiling.map_or_else(|| "none".to_owned(), |ceiling| format!("{ceiling} USDC"));
        let mut text = format!(
            "policy of {}\n  file:       {}\n  a payment:  {} USDC ({})\n  a day:      {} USDC ({})\n  \
             ceiling:    {ceiling}\n  allow:      {}\n  deny:       {}\n  today:      {} USDC spent, {left} left (UTC)\n",
            desk.identity.mint,
            escape(&file),
            rules.per_call,
            effective.per_call.as_str(),
            rules.daily,
            effective.daily.as_str(),
            hosts(&rules.allow, "any host"),
            hosts(&rules.deny, "none"),
            state.spent,
        );
        if stop.is_killed() {
            text.push_str("  stopped:    LEASH_KILL is set, so nothing is paid\n");
        }
        if let Some(since) = &paused {
            text.push_str(&format!("  paused:     since {since}; `{}`\n", command("policy resume")));
        }
        if releases != Releases::default() {
            text.push_str(&format!(
                "  released:   {} USDC never handed out, {} on one RPC endpoint's word (at most {} a day), {} on two\n",
                releases.known, releases.one_endpoint, rules.daily, releases.two_endpoints
            ));
        }
        if !open.is_empty() {
            text.push_str(&format!(
                "  unresolved: {}, {pending} USDC, with unknown outcome; it counts: `{}`\n",
                count(open.len(), "payment"),
                command("payments list")
            ));
        }
        if let [first, ..] = &withheld[..] {
            let more = withheld.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
            let why = first.withheld.as_deref().unwrap_or_default();
            text.push_str(&format!("  withheld:   {} for {}: {}{more}\n", first.gross, escape(&first.url), escape(why)));
        }
        text
    })
}

/// The payments that one endpoint says weren't made, and that count nevertheless.
fn withheld(desk: &Desk) -> Result<Vec<Open>, Error> {
    let open = leash_buyer::open(&desk.dir)?;
    Ok(open.into_iter().filter(|payment| payment.state == State::Withheld).collect())
}

fn hosts(names: &[Name], none: &str) -> String {
    if names.is_empty() {
        return none.to_owned();
    }
    escape(&names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")).into_owned()
}
