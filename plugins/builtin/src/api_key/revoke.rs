//! `leash api-key revoke`: keys that stop working.

use std::io::Write as _;

use jiff::Timestamp;
use leash_api::{ApiKey as Key, Client, ListKeys};
use leash_output::{Error, can_ask, confirm, count, escape};
use leash_plugin::{Acting, Host};
use serde_json::json;

use super::{check_network, line, list::MOST, none, pick::one, revocation, work::within};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Ids of the keys; the beginning of an id is enough where it is one key's alone
    #[arg(value_name = "ID", required_unless_present_any = ["label", "all_but"])]
    ids: Vec<String>,
    /// All active keys of this label
    #[arg(long, short, value_name = "NAME", conflicts_with_all = ["ids", "all_but"])]
    label: Option<String>,
    /// All active keys but this one
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    all_but: Option<String>,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// The agent's network, as a check
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let Acting { network, client, .. } = host.acting(false)?;
    check_network(network, args.network.as_deref())?;
    // An id that was typed in full says exactly what is meant, and needs no list.
    let exact = args.label.is_none() && args.all_but.is_none() && args.ids.iter().all(|id| is_full_id(id));
    let mut ids: Vec<String> = if exact && (args.yes || !can_ask()) {
        args.ids.clone()
    } else {
        let query = ListKeys { limit: Some(MOST), ..ListKeys::default() };
        let page = host.block_on(within(host, &client, client.list_api_keys(&query)))??;
        let chosen = choose(&page.items, args)?;
        if !args.yes {
            approve(&chosen, args)?;
        }
        if args.ids.is_empty() && page.items.len() == usize::from(MOST) {
            host.out.warn("the API shows only the newest 200 keys: run this again for older ones");
        }
        chosen.into_iter().map(|chosen| chosen.id).collect()
    };
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    let progress = host.out.progress("revoking");
    let (revoked, failure) = host.block_on(revoke_all(host, &client, &ids))?;
    drop(progress);
    match failure {
        None => report(host, &revoked, args.ids.len() != 1),
        Some(error) if ids.len() == 1 => Err(error),
        Some(error) => Err(halfway(&error, &revoked, &ids)),
    }
}

/// One after the other, up to the first failure.
async fn revoke_all(host: &Host, client: &Client, ids: &[String]) -> (Vec<Key>, Option<Error>) {
    let mut revoked = Vec::new();
    for id in ids {
        match within(host, client, client.disable_api_key(id)).await {
            Ok(key) if key.is_active() => {
                let error = Error::failure(
                    "malformed",
                    format!("`{id}`: the API answered, and the key is still active"),
                )
                .hint("look again with `leash api-key list`");
                return (revoked, Some(error));
            }
            Ok(key) => revoked.push(key),
            Err(error) => {
                let message = format!("`{id}`: {}", error.message());
                let error = if error.code() == "not_found" {
                    Error::failure("not_found", message)
                        .hint("`leash api-key list` shows the keys of this agent")
                } else {
                    Error::new(error.kind(), error.code().to_owned(), message).hint(error.hints())
                };
                return (revoked, Some(error));
            }
        }
    }
    (revoked, None)
}

/// Some are revoked, the others are not: which, and what to type for them.
fn halfway(error: &Error, revoked: &[Key], ids: &[String]) -> Error {
    // What the API doesn't know it won't know the next time, either.
    let known = usize::from(error.code() == "not_found");
    let done: Vec<_> = ids.iter().take(revoked.len()).map(String::as_str).collect();
    let rest: Vec<_> = ids.iter().skip(done.len() + known).map(String::as_str).collect();
    let done = match done.as_slice() {
        [] => "none was revoked".to_owned(),
        done => format!("revoked {} of {}: {}", done.len(), ids.len(), done.join(" ")),
    };
    let message = format!("{}; {done}", error.message());
    let whole = Error::new(error.kind(), error.code().to_owned(), message);
    if rest.is_empty() {
        return whole.hint(error.hints());
    }
    whole.hint(format!("still to do: `{}`", revocation(rest)))
}

/// A key that is meant.
struct Chosen {
    id: String,
    /// Whether its id was typed in full.
    exact: bool,
    /// It, for the question whether it is meant.
    line: String,
}

/// The keys that are meant, out of the active ones.
fn choose(active: &[Key], args: &Args) -> Result<Vec<Chosen>, Error> {
    let now = Timestamp::now();
    let chosen = |key: &Key| Chosen { id: key.id.clone(), exact: false, line: line(key, now) };
    if let Some(label) = &args.label {
        let keys: Vec<_> = active.iter().filter(|key| key.label == *label).map(chosen).collect();
        return if keys.is_empty() {
            Err(none(&format!("active key is labelled `{label}`")))
        } else {
            Ok(keys)
        };
    }
    if let Some(kept) = &args.all_but {
        let kept = one(active, kept)?;
        return Ok(active.iter().filter(|key| key.id != kept.id).map(chosen).collect());
    }
    args.ids
        .iter()
        .map(|id| match one(active, id) {
            Ok(key) => Ok(Chosen { exact: key.id.len() == id.len(), ..chosen(&key) }),
            // It may be a key beyond the list's end, or one that is disabled already: the API knows.
            Err(_) if is_full_id(id) => {
                let line = format!("{id}  (not among the active keys)");
                Ok(Chosen { id: id.clone(), exact: true, line })
            }
            Err(error) => Err(error),
        })
        .collect()
}

fn approve(keys: &[Chosen], args: &Args) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    if !can_ask() {
        if keys.iter().all(|key| key.exact) {
            return Ok(());
        }
        let what = if args.label.is_some() {
            "a label"
        } else if args.all_but.is_some() {
            "all keys but one"
        } else {
            "a shortened id"
        };
        return Err(Error::usage(format!(
            "this names {what} ({}), and nobody can be asked",
            count(keys.len(), "key")
        ))
        .hint("add `--yes`, or type the ids in full"));
    }
    for key in keys {
        let _ = writeln!(std::io::stderr(), "  {}", key.line);
    }
    if confirm(&format!("Revoke {}? What uses them stops working at once.", count(keys.len(), "key"))) {
        Ok(())
    } else {
        Err(Error::failure("declined", "nothing was revoked").hint("`--yes` doesn't ask"))
    }
}

fn report(host: &Host, revoked: &[Key], several: bool) -> Result<(), Error> {
    let document = match revoked {
        [key] if !several => json!({ "kind": "agent_api_key", "status": "revoked", "key": key }),
        keys => json!({ "kind": "agent_api_keys", "status": "revoked", "count": keys.len(), "items": keys }),
    };
    host.out.result(&document, || {
        if revoked.is_empty() {
            return "no keys to revoke".to_owned();
        }
        let mut text = String::new();
        for key in revoked {
            text.push_str(&format!(
                "agent API key revoked\n  id:        {}\n  label:     {}\n  disabled:  {}\n",
                escape(&key.id),
                escape(&key.label),
                escape(key.disabled_at.as_deref().unwrap_or("yes")),
            ));
        }
        text
    })
}

/// A ULID: 26 characters of Crockford's base 32.
fn is_full_id(id: &str) -> bool {
    id.len() == 26
        && id.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b)))
}
