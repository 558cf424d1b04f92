//! JSON in its one canonical form (RFC 8785), and the hash of what was demanded, which receipts carry.

use std::fmt::Write as _;

use leash_js::{Text, Value};
use sha2::{Digest as _, Sha256};

/// SHA-256 of the JSON with all names in the order of their UTF-16 units, in hex.
pub(crate) fn requirements(value: &Value) -> String {
    hex(&canonical(value))
}

/// SHA-256 of a text, in hex.
pub(crate) fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The JSON with all names in the order of their UTF-16 units, and nothing between the parts.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

fn print(value: &Value, text: &mut String) {
    match value {
        Value::List(items) => {
            list(text, ('[', ']'), items, print);
        }
        Value::Object(members) => {
            let mut members: Vec<&(Text, Value)> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.units().cmp(b.units()));
            list(text, ('{', '}'), &members, |(name, value), text| {
                text.push_str(&Value::Text(name.clone()).to_json());
                text.push(':');
                print(value, text);
            });
        }
        other => text.push_str(&other.to_json()),
    }
}

fn list<T>(text: &mut String, (open, close): (char, char), items: &[T], each: impl Fn(&T, &mut String)) {
    text.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        each(item, text);
    }
    text.push(close);
}
