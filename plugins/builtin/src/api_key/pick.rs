//! Which of an agent's keys is meant.

use jiff::Timestamp;
use leash_api::ApiKey as Key;
use leash_output::Error;
use leash_signer::Secret;

use super::{line, none};

/// The one active key whose id begins like this.
pub(super) fn one(active: &[Key], beginning: &str) -> Result<Key, Error> {
    let begins =
        |key: &&Key| key.id.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning));
    let mut keys = active.iter().filter(begins);
    match (keys.next(), keys.next()) {
        _ if beginning.is_empty() => {
            Err(Error::usage("an empty id names no key").hint("`leash api-key list` shows the ids"))
        }
        (Some(key), None) => Ok(key.clone()),
        (Some(_), Some(_)) => Err(Error::usage(format!("the ids of several keys begin with `{beginning}`"))
            .hint("type more of it; `leash api-key list` shows the ids")),
        (None, _) => Err(none(&format!("active key has the id `{beginning}`"))),
    }
}

/// The key of this id or label; else the one that is configured; else the only one.
pub(super) fn pick(
    active: &[Key],
    id: Option<&str>,
    label: Option<&str>,
    configured: Option<&Secret<String>>,
) -> Result<Key, Error> {
    if let Some(id) = id {
        return one(active, id);
    }
    let mut keys: Vec<&Key> =
        active.iter().filter(|key| label.is_none_or(|label| key.label == label)).collect();
    if keys.len() > 1
        && let Some(configured) = configured
    {
        let own: Vec<&Key> = keys.iter().copied().filter(|key| is_of(key, configured)).collect();
        if own.len() == 1 {
            keys = own;
        }
    }
    match (keys.as_slice(), label) {
        ([key], _) => Ok((*key).clone()),
        ([], Some(label)) => Err(none(&format!("active key is labelled `{label}`"))),
        ([], None) => Err(Error::failure("not_found", "there is no active key to replace")
            .hint("`leash api-key create --label NAME` makes one")),
        (several, _) => {
            let now = Timestamp::now();
            let lines: Vec<_> = several.iter().map(|key| line(key, now)).collect();
            Err(Error::usage(format!("{} keys could be meant: {}", several.len(), lines.join(" | ")))
                .hint("name one: `leash api-key rotate ID`"))
        }
    }
}

/// Prefix and last four characters are all that is known of a plaintext.
pub(super) fn is_of(key: &Key, plaintext: &Secret<String>) -> bool {
    let text = plaintext.expose();
    text.starts_with(&key.prefix) && text.ends_with(&key.last4)
}
