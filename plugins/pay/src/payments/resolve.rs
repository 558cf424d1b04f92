//! `leash payments resolve`: asks the chain what became of payments, and counts or releases each.

use std::time::Duration;

use leash_command::Host;
use leash_output::{Error, count, escape};
use serde_json::{Value, json};

use super::{agent, choose, entries, item};
use crate::{
    account::Account,
    close,
    desk::Desk,
    entry::{Entry, State},
    journal::Held,
    outcome::Landed,
    resume::{Looked, keep_or_close, look_after},
};

/// The longest that one payment is looked for, where `--timeout` doesn't bound the command.
const EACH: Duration = Duration::from_secs(60);

/// What became of one payment.
enum Resolved {
    Paid(String),
    Counted(String),
    GivenBack,
    Over,
    Counts(String),
    Failed(Error),
}

pub(super) fn run(host: &Host, id: Option<&str>) -> Result<(), Error> {
    let identity = agent(host)?;
    let desk = Desk::new(host, Account::of(&identity))?;
    let (_, entries) = entries(host, &identity)?;
    let chosen: Vec<&Entry> = match id {
        Some(id) => vec![choose(&entries, id)?],
        None => entries.iter().collect(),
    };
    desk.journal.sweep()?;
    let mut resolved = Vec::new();
    for (number, entry) in chosen.iter().enumerate() {
        let progress = host.out.progress(&format!("looking for payment {} of {}", number + 1, chosen.len()));
        resolved.push((*entry, one(&desk, entry)));
        drop(progress);
    }
    if resolved
        .iter()
        .any(|(_, it)| matches!(it, Resolved::Paid(_) | Resolved::Counted(_) | Resolved::GivenBack))
    {
        close::publish(&desk);
    }
    report(host, &desk, &resolved)
}

fn one(desk: &Desk<'_>, entry: &Entry) -> Resolved {
    let within = EACH.min(desk.host.time_left().unwrap_or(EACH));
    if within.is_zero() {
        return Resolved::Counts("the time of the command is up; allow more with `--timeout`".to_owned());
    }
    let held = match desk.journal.take_to_look(&entry.id) {
        Ok(Some(held)) => held,
        Ok(None) => return Resolved::Counts("another process has it in hand".to_owned()),
        Err(error) => return Resolved::Failed(error),
    };
    held.looked_at();
    if held.entry.state() == State::Uncounted {
        return count_again(desk, held).map_or_else(Resolved::Failed, Resolved::Counted);
    }
    match look_after(desk, held, within) {
        Ok(Looked::Paid(receipt)) => Resolved::Paid(receipt),
        Ok(Looked::GivenBack) => Resolved::GivenBack,
        Ok(Looked::Counts(why)) => Resolved::Counts(why),
        Ok(Looked::Nothing) => Resolved::Over,
        // It was found out just now.
        Ok(Looked::Uncounted) => match desk.journal.take_to_look(&entry.id) {
            Ok(Some(held)) => count_again(desk, held).map_or_else(Resolved::Failed, Resolved::Counted),
            Ok(None) => Resolved::Counts("another process has it in hand".to_owned()),
            Err(error) => Resolved::Failed(error),
        },
        Err(error) => Resolved::Failed(error),
    }
}

/// Counts what had been given back. It only ever counts more.
fn count_again(desk: &Desk<'_>, mut held: Held) -> Result<String, Error> {
    let landed = Landed::of(&held.entry).ok_or_else(|| {
        Error::failure("internal", "a payment that is on the chain without its transaction")
    })?;
    let receipt = close::recount(desk, &held.entry, &landed)?;
    held.entry.uncounted = false;
    held.entry.released_at = None;
    keep_or_close(desk, held)?;
    Ok(receipt)
}

impl Resolved {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Paid(_) => "paid",
            Self::Counted(_) => "counted_again",
            Self::GivenBack => "given_back",
            Self::Over => "unchanged",
            Self::Counts(_) => "still_counts",
            Self::Failed(_) => "error",
        }
    }

    fn says(&self) -> String {
        match self {
            Self::Paid(receipt) => format!("it was paid; receipt {receipt}"),
            Self::Counted(receipt) => {
                format!("it was paid after it had been given back, and counts again; receipt {receipt}")
            }
            Self::GivenBack => "it wasn't paid, and counts no longer".to_owned(),
            Self::Over => "nothing has changed".to_owned(),
            Self::Counts(why) => format!("it counts: {why}"),
            Self::Failed(error) => format!("{error}; {}", error.hints()),
        }
    }
}

fn report(host: &Host, desk: &Desk<'_>, resolved: &[(&Entry, Resolved)]) -> Result<(), Error> {
    let items: Vec<Value> = resolved
        .iter()
        .map(|(entry, result)| {
            let mut fields = item(entry);
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
        for (entry, result) in resolved {
            let id = entry.id.get(..8).unwrap_or(&entry.id);
            let gross = entry.price.written(entry.price.gross);
            text.push_str(&format!(
                "{id}  {gross} for {}\n          {}\n",
                escape(&entry.asked.url),
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
