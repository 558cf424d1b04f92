//! The agent's file, as the original client writes and reads it.

use std::{fmt, path::Path};

use leash_output::{Error, Kind};
use leash_signer::Secret;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use zeroize::Zeroizing;

use crate::{Paths, trust};

/// What an agent's file holds. Fields that leash doesn't know are kept as they are.
#[derive(Default)]
pub struct AgentFile {
    /// The agent's mint; absent while a registration is pending.
    pub agent_mint: Option<String>,
    /// The executive key: base58, or the text of a JSON array.
    pub executive_keypair: Option<Secret<String>>,
    /// The network's name.
    pub network: Option<String>,
    /// Base URL of the API.
    pub api_url: Option<String>,
    /// The Solana RPC endpoint.
    pub rpc_url: Option<String>,
    /// Base URL of the explorer.
    pub explorer_url: Option<String>,
    /// An API key.
    pub api_key: Option<Secret<String>>,
    /// When the file was made, ISO 8601.
    pub created_at: Option<String>,
    /// A registration that isn't finished, with a key in it: its JSON text.
    pub pending_register: Option<Secret<String>>,
    /// All other fields.
    pub extra: Map<String, Value>,
}

impl AgentFile {
    /// Reads the file of an agent, where there is one and it can be trusted.
    ///
    /// # Errors
    /// [`Kind::Identity`] where it can't be read, trusted or understood; the message names the file and
    /// the line, and never quotes it.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let Some(bytes) = trust::read(path, trust::Others::Nothing)? else { return Ok(None) };
        Self::parse(&bytes, &Paths::display(path)).map(Some)
    }

    /// Understands the text of a file; `name` is for the error.
    ///
    /// # Errors
    /// [`Kind::Identity`], with the line and column.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, Error> {
        // A byte order mark is what some editors leave; the original's parser trips over it, ours need not.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        serde_json::from_slice(bytes).map_err(|error| {
            // The error's own text may quote a value, and the value may be a key.
            let what = match error.classify() {
                serde_json::error::Category::Data if error.to_string().contains(VERSION_TEXT) => VERSION_TEXT,
                serde_json::error::Category::Data => "a field is twice there or has the wrong type",
                serde_json::error::Category::Eof => "the JSON ends too early",
                _ => "this is not JSON",
            };
            let place = format!("{name}:{}:{}", error.line(), error.column());
            Error::new(Kind::Identity, "malformed_file", format!("cannot understand `{place}`: {what}"))
                .hint(format!("mend that line of {name}, or move the file away; leash never overwrites it"))
        })
    }

    /// The text to write, indented as the original's.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room enough that the text never has to move while it grows, and leave a copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        text.extend_from_slice(b"{\n  \"version\": 1");
        let mut field = |name: &str, value: Option<&str>, raw: bool| {
            if let Some(value) = value {
                text.extend_from_slice(format!(",\n  \"{name}\": ").as_bytes());
                if raw {
                    text.extend_from_slice(value.as_bytes());
                } else {
                    let _ = serde_json::to_writer(&mut *text, value);
                }
            }
        };
        field("agent_mint", self.agent_mint.as_deref(), false);
        field("executive_keypair", self.executive_keypair.as_ref().map(|key| key.expose().as_str()), false);
        field("network", self.network.as_deref(), false);
        field("api_url", self.api_url.as_deref(), false);
        field("rpc_url", self.rpc_url.as_deref(), false);
        field("explorer_url", self.explorer_url.as_deref(), false);
        field("api_key", self.api_key.as_ref().map(|key| key.expose().as_str()), false);
        field("pending_register", self.pending_register.as_ref().map(|raw| raw.expose().as_str()), true);
        for (name, value) in &self.extra {
            let name = Value::from(name.as_str()).to_string();
            field(&name[1..name.len() - 1], Some(&value.to_string()), true);
        }
        field("created_at", self.created_at.as_deref(), false);
        text.extend_from_slice(b"\n}\n");
        text
    }

    /// The public key of a registration that isn't finished.
    #[must_use]
    pub fn pending_pubkey(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Pending {
            executive_pubkey: Option<String>,
        }
        let pending: Pending = serde_json::from_str(self.pending_register.as_ref()?.expose()).ok()?;
        pending.executive_pubkey
    }
}

impl fmt::Debug for AgentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentFile").field("agent_mint", &self.agent_mint).finish_non_exhaustive()
    }
}

const VERSION_TEXT: &str = "the file is of a later version than this leash knows";

impl<'de> Deserialize<'de> for AgentFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FileVisitor)
    }
}

/// By hand: what serde derives for "all other fields" keeps copies of the secret ones.
struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = AgentFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AgentFile, A::Error> {
        use serde::de::Error as _;
        let mut file = AgentFile::default();
        let mut seen = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if seen.contains(&name) {
                return Err(A::Error::custom("twice"));
            }
            match name.as_str() {
                "version" => match map.next_value::<Option<u64>>()? {
                    None | Some(0 | 1) => {}
                    Some(_) => return Err(A::Error::custom(VERSION_TEXT)),
                },
                "agent_mint" => file.agent_mint = text(&mut map)?,
                "executive_keypair" => file.executive_keypair = map.next_value::<KeyText>()?.0,
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
                    file.extra.insert(name.clone(), map.next_value()?);
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
        use serde::de::Error as _;
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
