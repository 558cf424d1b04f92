//! What is hashed: the canonical text of a receipt, and of a request.

use std::fmt::Write as _;

use leash_js::{Text, Value, json};
use sha2::{Digest as _, Sha256};

/// The canonical text: names sorted by their UTF-16 units, then laid out as JavaScript lays out an object, which puts
/// those that look like array indices first. A member called `__proto__` is left out, as it is where JavaScript sorts
/// them into a new object.
#[must_use]
pub fn canonical(value: &Value) -> String {
    sorted(value).to_json()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .filter(|(name, _)| !name.is("__proto__"))
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect();
            members.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
            Value::Object(members)
        }
        other => other.clone(),
    }
}

fn order(name: &Text) -> (u32, &[u16]) {
    (json::index(name).unwrap_or(u32::MAX), name.units())
}

/// The hash of a receipt, which is over everything in it but the hash itself.
#[must_use]
pub fn receipt_hash(receipt: &Value) -> String {
    let mut draft = receipt.clone();
    if let Value::Object(members) = &mut draft {
        members.retain(|(name, _)| !name.is("receipt_hash"));
    }
    hex(canonical(&draft).as_bytes())
}

/// The hash of a request: method, URL, body and, where any are given, headers in the order of their names.
#[must_use]
pub fn request_hash(method: &str, url: &str, body: Option<&str>, headers: &[(&str, &str)]) -> String {
    let mut headers = headers.to_vec();
    headers.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    let mut text = format!("{method}\n{url}\n{}\n", body.unwrap_or_default());
    for (name, value) in headers {
        let _ = writeln!(text, "{name}={value}");
    }
    format!("sha256:{}", hex(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}
