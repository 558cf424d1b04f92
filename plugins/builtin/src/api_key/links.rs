//! The payment links that belong to a key: once it is revoked, buyers can pay them as before, and nobody can list, change
//! or disable them.

use std::{future::Future, time::Duration};

use leash_api::{ApiKey as Key, Client, PaymentLink};
use leash_command::Acting;
use leash_identity::AgentFile;
use leash_output::{Error, Out, count, escape};
use leash_signature::Secret;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{active::Active, pick::is_of};

/// The most time that is spent on what a revocation doesn't depend on.
const MAX_LOOK: Duration = Duration::from_secs(10);
/// How many links are named on the terminal.
const MAX_NAMED: usize = 10;

/// The plaintexts that leash has: of the configured key, and of the one in the agent's file.
pub(super) struct Plaintexts(Vec<Secret<String>>);

impl Plaintexts {
    pub(super) fn of(acting: &Acting) -> Self {
        // A file that can't be read has no key in it for this purpose; what needs the file says what is wrong with it.
        let file = acting.file.as_ref().and_then(|path| AgentFile::read(path).ok().flatten());
        let stored = file.and_then(|file| file.api_key);
        let mut plaintexts: Vec<Secret<String>> = Vec::new();
        for key in acting.api_key.iter().cloned().chain(stored) {
            if plaintexts.iter().all(|known| known.expose() != key.expose()) {
                plaintexts.push(key);
            }
        }
        Self(plaintexts)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The plaintext of a key; none where its prefix and last characters are also another active key's.
    pub(super) fn of_key(&self, key: &Key, active: &Active) -> Option<&Secret<String>> {
        let mut own = self.0.iter().filter(|plaintext| is_of(key, plaintext));
        let plaintext = own.next().filter(|_| own.next().is_none())?;
        let shared = active.keys.iter().any(|other| other.id != key.id && is_of(other, plaintext));
        (!shared).then_some(plaintext)
    }
}

/// Runs a step that a revocation doesn't depend on, for a part of the command's `time`.
///
/// # Errors
/// The step's, or that it took too long.
pub(super) async fn briefly<T>(
    client: &Client,
    time: Duration,
    step: impl Future<Output = Result<T, leash_api::Error>>,
) -> Result<T, leash_api::Error> {
    let after = (time / 3).min(MAX_LOOK);
    let late = leash_api::Error::Timeout { origin: client.base_url().to_owned(), after };
    timeout(after, step).await.unwrap_or(Err(late))
}

/// The live links of one key.
pub(super) struct OfKey {
    /// The key's id.
    pub(super) key: String,
    /// What is known of its links.
    pub(super) links: Links,
}

/// What is known of a key's live links.
pub(super) enum Links {
    /// They are these; and whether these are all.
    Listed(Vec<PaymentLink>, bool),
    /// They were disabled.
    Disabled(Vec<PaymentLink>),
    /// Leash doesn't have the key's plaintext.
    NoPlaintext,
    /// Why they could not be listed.
    Failed(String),
}

impl OfKey {
    pub(super) fn unknown(key: &str) -> Self {
        Self { key: key.to_owned(), links: Links::NoPlaintext }
    }

    /// The links that will stay as they are when the key is revoked.
    pub(super) fn live(&self) -> &[PaymentLink] {
        match &self.links {
            Links::Listed(links, _) => links,
            Links::Disabled(_) | Links::NoPlaintext | Links::Failed(_) => &[],
        }
    }

    fn shown(&self) -> &[PaymentLink] {
        match &self.links {
            Links::Disabled(links) => links,
            _ => self.live(),
        }
    }

    fn is_known(&self) -> bool {
        matches!(self.links, Links::Listed(..) | Links::Disabled(_))
    }
}

/// Says what becomes of those links of keys about to be revoked that could be listed.
pub(super) fn tell(out: &Out, keys: &[OfKey]) {
    for of_key in keys {
        let key = &of_key.key;
        match &of_key.links {
            Links::Listed(links, complete) if !links.is_empty() => {
                let cut = if *complete { "" } else { " or more (the list was cut short)" };
                out.warn(&format!(
                    "{}{cut} belong{} to key {key}: {}. Once the key is revoked, buyers can still pay, but nobody can list, \
                     change or disable them; `--disable-links` disables them first",
                    count(links.len(), "live payment link"),
                    if links.len() == 1 { "s" } else { "" },
                    named(links),
                ));
            }
            Links::Listed(_, false) => {
                out.warn(&format!("the list of the payment links of key {key} was cut short"));
            }
            Links::Disabled(links) if !links.is_empty() => {
                out.note(&format!(
                    "disabled {} of key {key}: {}",
                    count(links.len(), "payment link"),
                    named(links)
                ));
            }
            Links::Listed(..) | Links::Disabled(_) | Links::NoPlaintext => {}
            Links::Failed(reason) => {
                out.warn(&format!("the payment links of key {key} could not be listed: {reason}"));
            }
        }
    }
}

/// Says of which revoked keys leash could not list the links.
pub(super) fn tell_of_unlisted(out: &Out, keys: &[OfKey]) {
    let unknown: Vec<&str> = keys
        .iter()
        .filter(|of_key| matches!(of_key.links, Links::NoPlaintext))
        .map(|of_key| of_key.key.as_str())
        .collect();
    let whose = match unknown.as_slice() {
        [] => return,
        [key] => format!("key {key}"),
        keys => format!("{} of these keys", keys.len()),
    };
    out.note(&format!(
        "payment links made with {whose}, if any, stay live and can't be listed: leash doesn't have the plaintext"
    ));
}

/// Links as they are named in a sentence.
fn named(links: &[PaymentLink]) -> String {
    let names =
        links.iter().take(MAX_NAMED).map(|link| format!("`{}` ({})", escape(&link.id), escape(&link.label)));
    let mut names: Vec<String> = names.collect();
    if links.len() > MAX_NAMED {
        names.push(format!("and {} more, which `--json` lists", links.len() - MAX_NAMED));
    }
    names.join(", ")
}

/// The members of a document about keys: their links, `null` where none could be listed, and whether these are all.
pub(super) fn members(keys: &[OfKey]) -> [(&'static str, Value); 2] {
    let complete =
        keys.iter().all(|of_key| matches!(of_key.links, Links::Listed(_, true) | Links::Disabled(_)));
    let links = keys.iter().flat_map(|of_key| {
        let disabled = matches!(of_key.links, Links::Disabled(_));
        of_key.shown().iter().map(move |link| {
            json!({
                "id": link.id, "label": link.label, "price": link.price, "url": link.share_url,
                "key_id": of_key.key, "disabled": disabled,
            })
        })
    });
    let links = match keys.is_empty() || keys.iter().any(OfKey::is_known) {
        true => links.collect(),
        false => Value::Null,
    };
    [("links", links), ("links_complete", json!(complete))]
}

/// Links that were disabled, and the one at which it stopped.
pub(super) struct Disabling {
    pub(super) done: Vec<PaymentLink>,
    pub(super) failed: Option<(String, leash_api::Error)>,
}

/// Disables all live links that `plaintext` made, until none is listed any more.
///
/// # Errors
/// Where they can't be listed.
pub(super) async fn disable_all(
    client: &Client,
    plaintext: &Secret<String>,
) -> Result<Disabling, leash_api::Error> {
    let mut done: Vec<PaymentLink> = Vec::new();
    loop {
        let live = client.live_payment_links(plaintext).await?;
        if live.items.is_empty() {
            return if live.complete {
                Ok(Disabling { done, failed: None })
            } else {
                Err(malformed("the list has no end"))
            };
        }
        for link in live.items {
            let failed = match client.disable_payment_link(plaintext, &link.id).await {
                Ok(now) if now.is_live() || done.iter().any(|done| done.id == link.id) => {
                    malformed("the link is still live")
                }
                Ok(now) => {
                    done.push(now);
                    continue;
                }
                Err(error) => error,
            };
            return Ok(Disabling { done, failed: Some((link.id, failed)) });
        }
    }
}

fn malformed(reason: &str) -> leash_api::Error {
    leash_api::Error::Malformed { reason: reason.to_owned() }
}

/// That a link stayed live, so that the key was not revoked.
pub(super) fn not_disabled(link: &str, error: &Error, disabled: usize) -> Error {
    let done = match disabled {
        0 => String::new(),
        disabled => format!(" ({} disabled before it)", count(disabled, "link")),
    };
    let message = format!("payment link `{link}` was not disabled{done}: {}", error.message());
    Error::failure(error.code().to_owned(), message)
}

/// That links can't be disabled whose key leash doesn't have.
pub(super) fn no_plaintext(key: &str) -> Error {
    Error::failure(
        "no_plaintext",
        format!("`--disable-links` needs the plaintext of key `{key}`, and leash doesn't have it"),
    )
    .hint("set LEASH_API_KEY to that plaintext and run the command again, or leave `--disable-links` out")
}
