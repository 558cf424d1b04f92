//! Which of an agent's keys is meant.

use jiff::Timestamp;
use leash_api::ApiKey as Key;
use leash_output::{Error, command, quoted};
use leash_signature::Secret;

use super::{
    active::{Active, cut_off, full_id},
    line, none, revocation,
};

/// The one active key whose id begins like this. `command` is what the full id is typed after.
pub(super) fn one(active: &Active, beginning: &str, command: &str) -> Result<Key, Error> {
    let begins =
        |key: &&Key| key.id.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning));
    let mut keys = active.keys.iter().filter(begins);
    match (keys.next(), keys.next()) {
        _ if beginning.is_empty() => {
            Err(Error::usage("an empty id names no key").hint("`leash api-key list` shows the ids"))
        }
        (Some(key), None) if active.is_cut && full_id(beginning).is_none() => {
            Err(cut_off(&format!("whether `{beginning}` begins the id of one key only is not known"))
                .hint(format!("type the id in full: `{}`", typed(&format!("{command} {}", quoted(&key.id))))))
        }
        (Some(key), None) => Ok(key.clone()),
        (Some(_), Some(_)) => Err(Error::usage(format!("the ids of several keys begin with `{beginning}`"))
            .hint("type more of it; `leash api-key list` shows the ids")),
        (None, _) if active.is_cut => {
            Err(cut_off(&format!("whether there is an active key with the id `{beginning}` is not known"))
                .hint(in_full(command)))
        }
        (None, _) => Err(none(&format!("active key has the id `{beginning}`"))),
    }
}

/// The key of this id or label; else the one that is configured; else the only one.
pub(super) fn pick(
    active: &Active,
    id: Option<&str>,
    label: Option<&str>,
    configured: Option<&Secret<String>>,
) -> Result<Key, Error> {
    if let Some(id) = id {
        return one(active, id, "rotate").map_err(|error| match full_id(id) {
            // Only a listed key shows its label, which the new key gets.
            Some(id) if error.is(super::active::LIST_CUT_OFF) => {
                cut_off(&format!("the label of key `{id}`, which the new key needs, is not known"))
                    .hint(format!("`{}`, then `{}`", typed("create --label NAME"), revocation([id.as_str()])))
            }
            _ => error,
        });
    }
    let mut keys: Vec<&Key> =
        active.keys.iter().filter(|key| label.is_none_or(|label| key.label == label)).collect();
    if keys.len() > 1
        && let Some(configured) = configured
    {
        let own: Vec<&Key> = keys.iter().copied().filter(|key| is_of(key, configured)).collect();
        if own.len() == 1 {
            keys = own;
        }
    }
    match (keys.as_slice(), label) {
        ([key], _) if active.is_cut => {
            let what = match label {
                Some(label) => format!("whether only one active key is labelled `{label}` is not known"),
                None => "which key is meant is not known".to_owned(),
            };
            Err(cut_off(&what)
                .hint(format!("type its id in full: `{}`", typed(&format!("rotate {}", quoted(&key.id))))))
        }
        ([key], _) => Ok((*key).clone()),
        ([], Some(label)) if active.is_cut => {
            Err(cut_off(&format!("whether an active key is labelled `{label}` is not known"))
                .hint(in_full("rotate")))
        }
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

/// How to name a key that isn't listed.
pub(super) fn in_full(command: &str) -> String {
    let list = format!("or revoke newer keys first: `{}` then shows as many older ones", typed("list"));
    let this = typed(&format!("{command} ID"));
    match command {
        "revoke" => format!("a key that isn't listed is revoked by its full id: `{this}`; {list}"),
        _ => format!("name a key that is listed: `{this}`; {list}"),
    }
}

/// A command of `leash api-key`, to be printed.
fn typed(words: &str) -> String {
    command(&format!("api-key {words}"))
}

/// Prefix and last four characters are all that is known of a plaintext.
pub(super) fn is_of(key: &Key, plaintext: &Secret<String>) -> bool {
    let text = plaintext.expose();
    text.starts_with(&key.prefix) && text.ends_with(&key.last4)
}
