//! Reading the JSON of an agent's file.
//!
//! By hand: what serde derives for "all other fields" keeps copies of the secret ones, and a JSON library's own
//! messages quote the value they stumble over, which may be a key. Here a fault names the field, never its value.

use std::{cell::RefCell, fmt};

use leash_signature::Secret;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{error::Category, value::RawValue};
use zeroize::Zeroizing;

use crate::AgentFile;

/// What is wrong with a file.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Line and column, where there is such a place.
    pub(crate) place: Option<(usize, usize)>,
    /// In words.
    pub(crate) what: String,
}

pub(crate) fn read(bytes: &[u8]) -> Result<AgentFile, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault { place: None, what: "it is empty".to_owned() });
    }
    let trouble = RefCell::new("it is not a JSON object".to_owned());
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    FileSeed { trouble: &trouble }
        .deserialize(&mut deserializer)
        .and_then(|file| deserializer.end().map(|()| file))
        .map_err(|error| {
            let what = match error.classify() {
                Category::Data => trouble.take(),
                Category::Eof => "the JSON ends too early".to_owned(),
                Category::Syntax | Category::Io => "this is not JSON".to_owned(),
            };
            Fault { place: Some(place(bytes, error.line(), error.column())), what }
        })
}

/// Line and column as an editor counts them: column 0 is the end of the line before.
fn place(bytes: &[u8], line: usize, column: usize) -> (usize, usize) {
    if column > 0 || line < 2 {
        return (line, column.max(1));
    }
    let before = bytes.split(|byte| *byte == b'\n').nth(line - 2).unwrap_or_default();
    (line - 1, before.len() + 1)
}

/// The line where a field of the outermost object stands, in a text that could be read.
pub(crate) fn line_of(bytes: &[u8], field: &str) -> Option<usize> {
    let (mut depth, mut line, mut at) = (0_usize, 1, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => line += 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let text = &bytes[at + 1..];
                let end = end_of_text(text)?;
                let is_name = text[end + 1..].trim_ascii_start().starts_with(b":");
                if depth == 1 && is_name && text[..end] == *field.as_bytes() {
                    return Some(line);
                }
                at += end + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the quote is that ends a text.
fn end_of_text(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at),
            _ => at += 1,
        }
    }
}

/// `trouble` is where the visitor notes what to say, should the step that it is about to take fail.
struct FileSeed<'a> {
    trouble: &'a RefCell<String>,
}

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = AgentFile;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<AgentFile, D::Error> {
        deserializer.deserialize_map(self)
    }
}

const FIELDS: [&str; 12] = [
    "version",
    "agent_mint",
    "executive_keypair",
    "executive_pubkey",
    "executive_sealed",
    "network",
    "api_url",
    "rpc_url",
    "explorer_url",
    "api_key",
    "created_at",
    "pending_register",
];

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = AgentFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AgentFile, A::Error> {
        let mut file = AgentFile::default();
        let mut seen = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            // The name of a field that leash doesn't know isn't shown: who knows what it is.
            let shown = FIELDS.iter().find(|known| **known == name).map(|known| format!("`{known}`"));
            let shown = shown.unwrap_or_else(|| "a field".to_owned());
            if seen.contains(&name) {
                *self.trouble.borrow_mut() = format!("{shown} is there twice");
                return Err(A::Error::custom("twice"));
            }
            *self.trouble.borrow_mut() = match name.as_str() {
                "version" => "`version` is not a number".to_owned(),
                "executive_keypair" => {
                    "`executive_keypair` is neither a text nor an array of 64 bytes".to_owned()
                }
                _ => format!("{shown} is not a text"),
            };
            match name.as_str() {
                "version" => {
                    if map.next_value::<Option<u64>>()?.is_some_and(|version| version > 1) {
                        *self.trouble.borrow_mut() =
                            "the file is of a later version than this leash knows".to_owned();
                        return Err(A::Error::custom("version"));
                    }
                }
                "agent_mint" => file.agent_mint = text(&mut map)?,
                "executive_keypair" => file.executive_keypair = map.next_value::<KeyText>()?.0,
                "executive_pubkey" => file.executive_pubkey = text(&mut map)?,
                "executive_sealed" => file.executive_sealed = text(&mut map)?,
                "network" => file.network = text(&mut map)?,
                "api_url" => file.api_url = text(&mut map)?,
                "rpc_url" => file.rpc_url = text(&mut map)?,
                "explorer_url" => file.explorer_url = text(&mut map)?,
                "api_key" => file.api_key = text(&mut map)?.map(Secret::new),
                "created_at" => file.created_at = text(&mut map)?,
                "pending_register" => {
                    let raw = map.next_value::<Option<Box<RawValue>>>()?;
                    file.pending_register = raw.map(|raw| Secret::new(String::from(Box::<str>::from(raw))));
                }
                _ => {
                    file.extra.push((name.clone(), map.next_value()?));
                }
            }
            seen.push(name);
        }
        Ok(file)
    }
}

/// A text; as with the original, null and blank count as absent.
fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<String>, A::Error> {
    let text = map.next_value::<Option<String>>()?;
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A key: a text, or an array of numbers, which is kept as its JSON text.
struct KeyText(Option<Secret<String>>);

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = KeyText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<KeyText, E> {
        let text = text.trim();
        Ok(KeyText((!text.is_empty()).then(|| Secret::new(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<KeyText, E> {
        Ok(KeyText(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<KeyText, A::Error> {
        // Four characters a number at the most.
        let mut json = Zeroizing::new(String::with_capacity(64 * 4 + 2));
        json.push('[');
        let mut count = 0;
        while let Some(byte) = array.next_element::<u8>()? {
            count += 1;
            if count > 64 {
                while array.next_element::<IgnoredAny>()?.is_some() {}
                return Err(A::Error::custom("more than 64 bytes"));
            }
            if count > 1 {
                json.push(',');
            }
            json.push_str(&byte.to_string());
        }
        json.push(']');
        Ok(KeyText(Some(Secret::new(json.to_string()))))
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_field_is_found_where_it_stands() {
        let text = br#"{
  "note": "\"network\": 1, }",
  "pending_register": { "network": ["network",
    "x"] }, "x": "network",

  "network" : "testnet" }"#;
        assert_eq!(line_of(text, "note"), Some(2));
        assert_eq!(line_of(text, "network"), Some(6));
        assert_eq!(line_of(text, "agent_mint"), None);
        assert_eq!(line_of(b"{\"network", "network"), None);
    }
}
