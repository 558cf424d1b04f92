//! `JSON.stringify`.

use std::fmt::Write as _;

use crate::{Text, Value, number};

pub(crate) fn print(value: &Value, json: &mut String) {
    match value {
        Value::Null => json.push_str("null"),
        Value::Bool(true) => json.push_str("true"),
        Value::Bool(false) => json.push_str("false"),
        Value::Number(number) if number.is_finite() => json.push_str(&number::print(*number)),
        Value::Number(_) => json.push_str("null"),
        Value::Text(text) => print_text(text, json),
        Value::Raw(raw) => json.push_str(raw),
        Value::List(items) => {
            json.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                print(item, json);
            }
            json.push(']');
        }
        Value::Object(members) => {
            json.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                print_text(name, json);
                json.push(':');
                print(value, json);
            }
            json.push('}');
        }
    }
}

/// A lone surrogate is escaped (it can't be written as UTF-8), everything above a space but `"` and `\` is not.
fn print_text(text: &Text, json: &mut String) {
    json.push('"');
    for char in char::decode_utf16(text.units().iter().copied()) {
        match char {
            Ok('"') => json.push_str("\\\""),
            Ok('\\') => json.push_str("\\\\"),
            Ok('\u{8}') => json.push_str("\\b"),
            Ok('\u{c}') => json.push_str("\\f"),
            Ok('\n') => json.push_str("\\n"),
            Ok('\r') => json.push_str("\\r"),
            Ok('\t') => json.push_str("\\t"),
            Ok(char) if char < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            Ok(char) => json.push(char),
            Err(lone) => {
                let _ = write!(json, "\\u{:04x}", lone.unpaired_surrogate());
            }
        }
    }
    json.push('"');
}
