//! The agent's file, as the original client writes and reads it.

use std::{fmt, path::Path};

use leash_output::{Error, Kind};
use leash_signature::Secret;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use zeroize::Zeroizing;

use crate::file_reader;
use leash_files::{Paths, trust};

/// What an agent's file holds. Fields that leash doesn't know are kept as they are.
#[derive(Default)]
pub struct AgentFile {
    /// The agent's mint; absent while a registration is pending.
    pub agent_mint: Option<String>,
    /// The executive key: base58, or the text of a JSON array.
    pub executive_keypair: Option<Secret<String>>,
    /// The public half of the executive key.
    pub executive_pubkey: Option<String>,
    /// The executive key encrypted with a passphrase, in the age format; in the place of `executive_keypair`.
    pub executive_sealed: Option<String>,
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
    /// All other fields, with their JSON text: a number that doesn't fit into ours stays what it is.
    pub extra: Vec<(String, Box<RawValue>)>,
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

    /// The line of a file where a field stands, for an error about what is in it.
    pub(crate) fn line_of(path: &Path, field: &str) -> Option<usize> {
        file_reader::line_of(&trust::read(path, trust::Others::Nothing).ok()??, field)
    }

    /// Understands the text of a file; `name` is for the error.
    ///
    /// # Errors
    /// [`Kind::Identity`], with the line and column.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, Error> {
        // A byte order mark is what some editors leave; the original's parser trips over it, ours need not.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        file_reader::read(bytes).map_err(|fault| {
            let message = match fault.place {
                Some((line, column)) => format!("cannot understand `{name}:{line}:{column}`: {}", fault.what),
                None => format!("cannot understand `{name}`: {}", fault.what),
            };
            let line = if fault.place.is_some() { "that line of " } else { "" };
            Error::new(Kind::Identity, "malformed_file", message)
                .hint(format!("mend {line}`{name}`, or move the file away; leash never overwrites it"))
        })
    }

    /// The text to write, indented as the original's.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Room enough that the text never has to move while it grows, and leave a copy behind.
        let pending = self.pending_register.as_ref().map_or(0, |raw| raw.expose().len());
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024 + pending));
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
        field("executive_pubkey", self.executive_pubkey.as_deref(), false);
        field("executive_sealed", self.executive_sealed.as_deref(), false);
        field("network", self.network.as_deref(), false);
        field("api_url", self.api_url.as_deref(), false);
        field("rpc_url", self.rpc_url.as_deref(), false);
        field("explorer_url", self.explorer_url.as_deref(), false);
        field("api_key", self.api_key.as_ref().map(|key| key.expose().as_str()), false);
        field("pending_register", self.pending_register.as_ref().map(|raw| raw.expose().as_str()), true);
        for (name, value) in &self.extra {
            let name = Value::from(name.as_str()).to_string();
            field(&name[1..name.len() - 1], Some(value.get()), true);
        }
        field("created_at", self.created_at.as_deref(), false);
        text.extend_from_slice(b"\n}\n");
        text
    }

    /// Puts in a field that leash doesn't know.
    pub fn insert_extra(&mut self, name: &str, value: &Value) {
        self.remove_extra(name);
        if let Ok(raw) = RawValue::from_string(value.to_string()) {
            self.extra.push((name.to_owned(), raw));
        }
    }

    /// Takes out a field that leash doesn't know.
    pub fn remove_extra(&mut self, name: &str) {
        self.extra.retain(|(known, _)| known != name);
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
