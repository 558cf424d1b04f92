//! What is told of a new key, once.

use std::{borrow::Cow, slice};

use leash_api::{ApiKey as Key, CreatedKey};
use leash_output::{Error, Out, escape, write_stdout};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::links::{self, OfKey};

const ONCE: &str =
    "Plaintext is returned only once. Store it securely now; future list/revoke calls cannot reveal it.";

/// The key that a new one replaces.
pub(super) struct Replaced<'a> {
    pub(super) key: &'a Key,
    /// What becomes of its payment links.
    pub(super) links: &'a OfKey,
}

/// Where the plaintext is.
pub(super) enum Place<'a> {
    /// In what is told.
    Here,
    /// In this file.
    File(Cow<'a, str>),
}

/// Tells it all on stdout, in the form that was asked for.
///
/// # Errors
/// As [`write_stdout`].
pub(super) fn announce(
    out: &Out,
    made: &CreatedKey,
    place: &Place<'_>,
    replaces: Option<&Replaced<'_>>,
) -> Result<(), Error> {
    if out.json {
        return out.document(&document(made, place, replaces));
    }
    let text = match place {
        Place::Here if out.quiet => format!("{}\n", made.plaintext.expose()),
        Place::File(_) if out.quiet => return Ok(()),
        _ => text(made, place, replaces),
    };
    write_stdout(Zeroizing::new(text).as_bytes())
}

fn document(made: &CreatedKey, place: &Place<'_>, replaces: Option<&Replaced<'_>>) -> Value {
    let mut document = Map::new();
    document.insert("kind".into(), json!("agent_api_key"));
    document.insert("status".into(), json!("ok"));
    document.insert("key".into(), json!(made.key));
    match place {
        Place::Here => {
            document.insert("plaintext".into(), json!(made.plaintext.expose()));
            document.insert("warning".into(), json!(ONCE));
        }
        Place::File(path) => {
            document.insert("plaintext_in".into(), json!(path));
        }
    }
    if let Some(old) = replaces {
        document.insert("replaces".into(), json!(old.key));
        let links = links::members(slice::from_ref(old.links));
        document.extend(links.map(|(name, value)| (name.to_owned(), value)));
    }
    Value::Object(document)
}

fn text(made: &CreatedKey, place: &Place<'_>, replaces: Option<&Replaced<'_>>) -> String {
    let key = &made.key;
    // Longer than it gets, so that no copy of the plaintext is left where it grew.
    let mut text = String::with_capacity(4096);
    text.push_str("agent API key created\n");
    let mut field = |name: &str, value: &str| {
        text.push_str(&format!("  {:<13} {}\n", format!("{name}:"), escape(value)));
    };
    field("id", &key.id);
    field("label", &key.label);
    field("network", &key.network);
    field("owner_wallet", &key.owner_wallet);
    field("agent_mint", &key.agent_mint);
    field("scope", &key.scopes.join(", "));
    if let Some(old) = replaces {
        field("replaces", &old.key.id);
    }
    match place {
        Place::Here => {
            field("plaintext", made.plaintext.expose());
            text.push_str("\nStore the plaintext now: it is shown only this once.\n");
        }
        Place::File(path) => field("plaintext", &format!("in {path}")),
    }
    text
}
