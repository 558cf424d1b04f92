//! `leash api-key revoke`: keys that stop working.

use std::time::Duration;

use jiff::Timestamp;
use leash_api::{ApiKey as Key, Client, ListKeys};
use leash_output::{Error, can_ask, confirm, escape};
use leash_plugin::{Host, api_error};
use serde_json::json;

use super::{check_network, line, list::MOST, make::within};

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
    let identity = host.identity()?;
    check_network(&identity, args.network.as_deref())?;
    let budget = host.timeout()?;
    let client = host.client(identity, false)?;
    // An id that was typed in full says exactly what is meant, and needs no list.
    let exact = args.label.is_none() && args.all_but.is_none() && args.ids.iter().all(|id| is_full_id(id));
    let ids = if exact && !(can_ask() && !args.yes) {
        args.ids.clone()
    } else {
        let page = host.block_on(within(budget, async {
            client.list_api_keys(&ListKeys { limit: Some(MOST), ..ListKeys::default() }).await
        }))??;
        let chosen = choose(&page.items, args)?;
        if !args.yes {
            approve(&chosen, args)?;
        }
        if args.all_but.is_some() && page.items.len() == usize::from(MOST) {
            host.out.warn("the API shows only the newest 200 keys: run this again for older ones");
        }
        chosen.into_iter().map(|chosen| chosen.id).collect()
    };
    let _progress = host.out.progress("revoking");
    let (revoked, failure) = host.block_on(revoke_all(&client, &ids, budget))?;
    match failure {
        None => report(host, &revoked, args.ids.len() != 1),
        Some(error) if ids.len() == 1 => Err(error),
        Some(error) => {
            let done: Vec<_> = revoked.iter().map(|key| key.id.as_str()).collect();
            let rest: Vec<_> = ids.iter().skip(done.len()).map(String::as_str).collect();
            let message = format!("{}; revoked {} of {}: {}", error.message(), done.len(), ids.len(), done.join(" "));
            Err(Error::new(error.kind(), error.code().to_owned(), message)
                .hint(format!("still to do: `leash api-key revoke {}`", rest.join(" "))))
        }
    }
}

/// One after the other, up to the first failure.
async fn revoke_all(client: &Client, ids: &[String], budget: Duration) -> (Vec<Key>, Option<Error>) {
    let mut revoked = Vec::new();
    for id in ids {
        match within(budget, client.disable_api_key(id)).await {
            Ok(key) => revoked.push(key),
            Err(error) => {
                let message = format!("`{id}`: {}", error.message());
                let error = if error.code() == "not_found" {
                    Error::failure("not_found", message).hint("`leash api-key list` shows the keys of this agent")
                } else {
                    Error::new(error.kind(), error.code().to_owned(), message).hint(error.hints())
                };
                return (revoked, Some(error));
            }
        }
    }
    (revoked, None)
}

/// A key that is meant.
struct Chosen {
    id: String,
    /// It, for the question whether it is meant.
    line: String,
}

/// The keys that are meant, out of the active ones.
fn choose(active: &[Key], args: &Args) -> Result<Vec<Chosen>, Error> {
    let now = Timestamp::now();
    let chosen = |key: &Key| Chosen { id: key.id.clone(), line: line(key, now) };
    if let Some(label) = &args.label {
        let keys: Vec<_> = active.iter().filter(|key| key.label == *label).map(chosen).collect();
        return if keys.is_empty() { Err(none(&format!("active key is labelled `{label}`"))) } else { Ok(keys) };
    }
    if let Some(kept) = &args.all_but {
        let kept = one(active, kept)?;
        return Ok(active.iter().filter(|key| key.id != kept.id).map(chosen).collect());
    }
    args.ids
        .iter()
        .map(|id| match one(active, id) {
            Ok(key) => Ok(chosen(&key)),
            // It may be a key beyond the list's end, or one that is disabled already: the API knows.
            Err(_) if is_full_id(id) => Ok(Chosen { id: id.clone(), line: format!("{id}  (not among the active keys)") }),
            Err(error) => Err(error),
        })
        .collect()
}

/// The one active key whose id begins like this.
pub(super) fn one(active: &[Key], beginning: &str) -> Result<Key, Error> {
    let begins = |key: &&Key| {
        key.id.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
    };
    let mut keys = active.iter().filter(begins);
    match (keys.next(), keys.next()) {
        (Some(key), None) if !beginning.is_empty() => Ok(key.clone()),
        (Some(_), Some(_)) => Err(Error::usage(format!("the ids of several keys begin with `{beginning}`"))
            .hint("type more of it; `leash api-key list` shows the ids")),
        _ => Err(none(&format!("active key has the id `{beginning}`"))),
    }
}

fn none(what: &str) -> Error {
    Error::failure("not_found", format!("no {what}")).hint("`leash api-key list` shows the keys of this agent")
}

fn approve(keys: &[Chosen], args: &Args) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    if !can_ask() {
        let what = if args.label.is_some() || args.all_but.is_some() { "more than ids typed in full" } else { "a shortened id" };
        return Err(Error::usage(format!("this names {what} ({} key(s)), and nobody can be asked", keys.len()))
            .hint("add `--yes`, or type the ids in full"));
    }
    for key in keys {
        eprint_line(&key.line);
    }
    if confirm(&format!("Revoke {} key(s)? What uses them stops working at once.", keys.len())) {
        Ok(())
    } else {
        Err(Error::failure("declined", "nothing was revoked").hint("`--yes` doesn't ask"))
    }
}

fn eprint_line(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "  {line}");
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
                escape(key.disabled_at.as_deref().unwrap_or_default()),
            ));
        }
        text
    })
}

/// A ULID: 26 characters of Crockford's base 32.
fn is_full_id(id: &str) -> bool {
    id.len() == 26 && id.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"ILOU".contains(&b)))
}

/// For `rotate`: what the API says where a key can't be revoked.
pub(super) async fn revoke_one(client: &Client, id: &str) -> Result<Key, Error> {
    client.disable_api_key(id).await.map_err(api_error)
}
