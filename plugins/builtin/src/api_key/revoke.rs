//! `leash api-key revoke`: keys that stop working.

use std::collections::BTreeSet;

use leash_api::{ApiKey as Key, Client};
use leash_command::{Acting, Host};
use leash_connect::api_error;
use leash_output::{Code, Error, can_ask, count, escape};
use serde_json::{Map, Value, json};

use super::{
    active::{Active, cut_off, full_id},
    check_network,
    chosen::{Chosen, choose, confirm_all, refuse_unasked},
    links::{self, Links, OfKey, Plaintexts},
    none,
    pick::in_full,
    revocation,
    work::within,
};

/// The API has no such key.
const NOT_FOUND: Code = Code::new(leash_api::NOT_FOUND);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Ids of the keys; the beginning of an id is enough where it is one key's alone
    #[arg(value_name = "ID", required_unless_present_any = ["label", "all_but"])]
    pub(super) ids: Vec<String>,
    /// All active keys of this label
    #[arg(long, short, value_name = "NAME", conflicts_with_all = ["ids", "all_but"])]
    pub(super) label: Option<String>,
    /// All active keys but this one
    #[arg(long, value_name = "ID", conflicts_with = "ids")]
    pub(super) all_but: Option<String>,
    /// First disable the payment links made with the keys
    #[arg(long)]
    disable_links: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// The agent's network, as a check
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let acting = host.acting(false)?;
    check_network(acting.network, args.network.as_deref())?;
    let plaintexts = Plaintexts::of(&acting);
    let Acting { client, .. } = acting;
    Revoke { host, args, client, plaintexts, links: Vec::new() }.run()
}

struct Revoke<'a> {
    host: &'a Host,
    args: &'a Args,
    client: Client,
    plaintexts: Plaintexts,
    /// The links of the keys that were looked at so far.
    links: Vec<OfKey>,
}

impl Revoke<'_> {
    fn run(mut self) -> Result<(), Error> {
        let args = self.args;
        // An id that was typed in full says exactly what is meant, and needs no list.
        let is_exact = args.label.is_none()
            && args.all_but.is_none()
            && args.ids.iter().all(|id| full_id(id).as_ref() == Some(id));
        if is_exact && (args.yes || !can_ask()) {
            // What is listed says only whose links can be listed.
            let active = match self.plaintexts.is_empty() {
                true => None,
                false => self.list_briefly().ok(),
            };
            let revoked = self.revoke(args.ids.clone(), active.as_ref(), None)?;
            return self.report(&revoked);
        }
        self.sweep()
    }

    /// Revokes what a list shows. Where the list may not be whole, what is revoked makes room in it for older keys.
    fn sweep(mut self) -> Result<(), Error> {
        let args = self.args;
        let (mut revoked, mut kept) = (Vec::<Key>::new(), None);
        loop {
            let mut active = self.list()?;
            for key in &revoked {
                active.remove(&key.id);
            }
            let chosen = choose(&active, args, &mut kept)?;
            if chosen.is_empty() {
                return self.end(&active, &revoked);
            }
            let ids: Vec<_> = chosen.iter().map(|chosen| chosen.id.clone()).collect();
            let next = self.revoke(ids, Some(&active), (!args.yes).then_some(&chosen));
            match next {
                Ok(more) => revoked.extend(more),
                Err(error) if revoked.is_empty() => return Err(error),
                Err(error) => return Err(also_revoked(&error, &revoked)),
            }
            if !active.is_cut || !args.ids.is_empty() {
                return self.report(&revoked);
            }
        }
    }

    /// No key that is listed is meant.
    fn end(&self, active: &Active, revoked: &[Key]) -> Result<(), Error> {
        let label = self.args.label.as_ref();
        if active.is_cut {
            let error = match label {
                Some(label) => {
                    cut_off(&format!("whether another active key is labelled `{label}` is not known"))
                }
                None => cut_off("whether other keys are active is not known"),
            };
            let error = error.hint(in_full("revoke"));
            return Err(if revoked.is_empty() { error } else { also_revoked(&error, revoked) });
        }
        match label {
            Some(label) if revoked.is_empty() => Err(none(&format!("active key is labelled `{label}`"))),
            _ => self.report(revoked),
        }
    }

    fn list(&self) -> Result<Active, Error> {
        let page = within(self.host, &self.client, self.client.list_api_keys(&Active::QUERY));
        self.host.block_on(page)?.map(Active::of)
    }

    fn list_briefly(&self) -> Result<Active, Error> {
        if self.args.disable_links {
            return self.list();
        }
        let list = self.client.list_api_keys(&Active::QUERY);
        let page = links::briefly(&self.client, self.host.timeout()?, list);
        self.host.block_on(page)?.map(Active::of).map_err(api_error)
    }

    /// Revokes these keys, after their links were looked at and, where there is somebody to ask, that was asked.
    fn revoke(
        &mut self,
        mut ids: Vec<String>,
        active: Option<&Active>,
        ask: Option<&Vec<Chosen>>,
    ) -> Result<Vec<Key>, Error> {
        let mut seen = BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        if let Some(chosen) = ask {
            refuse_unasked(chosen, self.args)?;
        }
        let links = self.look_at_links(&ids, active)?;
        if self.args.disable_links
            && let Some(unknown) = links.iter().find(|of_key| matches!(of_key.links, Links::NoPlaintext))
        {
            return Err(links::no_plaintext(&unknown.key));
        }
        if !self.args.disable_links {
            links::tell(&self.host.out, &links);
        }
        let is_asked = ask.is_some() && can_ask();
        if is_asked {
            links::tell_of_unlisted(&self.host.out, &links);
        }
        if let Some(chosen) = ask {
            let disabled = links.iter().map(|of_key| of_key.live().len()).sum::<usize>();
            confirm_all(&self.host.out, chosen, if self.args.disable_links { disabled } else { 0 })?;
        }
        let links = if self.args.disable_links { self.disable_links(links, active)? } else { links };
        let progress = self.host.out.progress("revoking");
        let (revoked, failure) = self.host.block_on(revoke_all(self.host, &self.client, &ids))?;
        drop(progress);
        if !is_asked && failure.is_none() {
            links::tell_of_unlisted(&self.host.out, &links);
        }
        self.links.extend(links);
        match failure {
            None => Ok(revoked),
            Some(error) if ids.len() == 1 => Err(error),
            Some(error) => Err(halfway(&error, &revoked, &ids)),
        }
    }

    /// The live links of each key, as far as its plaintext is known.
    fn look_at_links(&self, ids: &[String], active: Option<&Active>) -> Result<Vec<OfKey>, Error> {
        let progress = self.host.out.progress("listing the payment links");
        let mut all = Vec::new();
        for id in ids {
            let Some(plaintext) = self.plaintext(id, active) else {
                all.push(OfKey::unknown(id));
                continue;
            };
            let list = self.client.live_payment_links(plaintext);
            let links = if self.args.disable_links {
                let list = self.host.block_on(within(self.host, &self.client, list))??;
                Links::Listed(list.items, list.complete)
            } else {
                match self.host.block_on(links::briefly(&self.client, self.host.timeout()?, list))? {
                    Ok(list) => Links::Listed(list.items, list.complete),
                    Err(error) => Links::Failed(error.to_string()),
                }
            };
            all.push(OfKey { key: id.clone(), links });
        }
        drop(progress);
        Ok(all)
    }

    fn plaintext(&self, id: &str, active: Option<&Active>) -> Option<&leash_signature::Secret<String>> {
        let key = active?.keys.iter().find(|key| key.id == id)?;
        self.plaintexts.of_key(key, active?)
    }

    /// Disables the links of each key, before any key is revoked.
    fn disable_links(&self, links: Vec<OfKey>, active: Option<&Active>) -> Result<Vec<OfKey>, Error> {
        let progress = self.host.out.progress("disabling the payment links");
        let mut disabled = Vec::new();
        for OfKey { key, .. } in links {
            let Some(plaintext) = self.plaintext(&key, active) else { return Err(links::no_plaintext(&key)) };
            let disabling = within(self.host, &self.client, links::disable_all(&self.client, plaintext));
            let disabling = self.host.block_on(disabling)??;
            if let Some((link, error)) = disabling.failed {
                let error = links::not_disabled(&link, &api_error(error), disabling.done.len());
                return Err(Error::failure(
                    error.code().to_owned(),
                    format!("{}; no key was revoked", error.message()),
                )
                .hint("run the same command again: links that are disabled stay so"));
            }
            disabled.push(OfKey { key, links: Links::Disabled(disabling.done) });
        }
        drop(progress);
        links::tell(&self.host.out, &disabled);
        Ok(disabled)
    }

    fn report(&self, revoked: &[Key]) -> Result<(), Error> {
        let document = match revoked {
            [key] if self.args.ids.len() == 1 => {
                json!({ "kind": "agent_api_key", "status": "revoked", "key": key })
            }
            keys => {
                json!({ "kind": "agent_api_keys", "status": "revoked", "count": keys.len(), "items": keys })
            }
        };
        self.host.out.result(&with_links(document, &self.links), || {
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
}

fn with_links(document: Value, links: &[OfKey]) -> Value {
    let Value::Object(mut document) = document else { return document };
    document.extend(links::members(links).map(|(name, value)| (name.to_owned(), value)));
    Value::Object(document)
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
                let error = if error.is(NOT_FOUND) {
                    Error::failure(NOT_FOUND, message)
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
    let known = usize::from(error.is(NOT_FOUND));
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

/// An error after some keys were revoked: which.
fn also_revoked(error: &Error, revoked: &[Key]) -> Error {
    let ids: Vec<&str> = revoked.iter().map(|key| key.id.as_str()).collect();
    let message = format!("{}; revoked {}: {}", error.message(), count(ids.len(), "key"), ids.join(" "));
    Error::new(error.kind(), error.code().to_owned(), message)
        .hint(error.hints())
        .with_fields(Map::from_iter([("revoked".to_owned(), json!(ids))]))
}
