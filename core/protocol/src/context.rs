//! The document that tells a plugin who the agent is. Readers ignore fields they don't know.

use serde::{Deserialize, Serialize};

use crate::frame::{GrantInfo, Headers};

/// The whole context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Version of the contract.
    pub v: u32,
    /// 128 random bits in hex.
    pub invocation: String,
    /// How deep leash runs inside leash, from 1.
    pub depth: u32,
    /// What runs.
    pub plugin: Plugin,
    /// Who it runs for; absent where no agent is configured.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<Agent>,
    /// The API.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api: Option<Api>,
    /// The Solana RPC endpoint.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rpc: Option<Endpoint>,
    /// The explorer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explorer: Option<Endpoint>,
    /// The options that stood before the plugin's name.
    pub global: Global,
    /// What may be signed; absent where there is no signer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant: Option<GrantInfo>,
    /// What was signed before the plugin started; absent where only the rest is told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub presigned: Option<Vec<Presigned>>,
    /// Where the plugin may keep things.
    pub dirs: Dirs,
    /// Who started it.
    pub host: Host,
    /// What the signer can do; empty where there is none.
    #[serde(default)]
    pub features: Vec<String>,
}

/// The plugin that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version, where a manifest states it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Digest of what was trusted; absent where nothing was granted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// Where it was found.
    pub source: Source,
}

/// Where a command was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Beside the host.
    Bundled,
    /// In the host's plugin store.
    Installed,
    /// In a directory of `PATH`.
    Path,
    /// A source that a later version knows.
    #[serde(other)]
    Unknown,
}

/// The agent, its public half.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name on this machine.
    pub name: String,
    /// Its mint.
    pub mint: String,
    /// Public half of the executive key.
    pub executive_pubkey: String,
    /// Its treasury.
    pub treasury: String,
    /// `solana-devnet` or `solana-mainnet`.
    pub network: String,
}

/// The API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Api {
    /// Base URL.
    pub base_url: String,
}

/// An endpoint known by its URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its URL.
    pub url: String,
}

/// The host's own options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// `--json`.
    pub json: bool,
    /// `--color`: `auto`, `always` or `never`.
    pub color: String,
    /// `--quiet`.
    pub quiet: bool,
    /// How often `--verbose` stood.
    pub verbose: u8,
}

/// A request that was signed before the plugin started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presigned {
    /// The method.
    pub method: String,
    /// Path, and query if it has one, below the API's base URL.
    pub path: String,
    /// The headers to send.
    pub headers: Headers,
    /// When the API stops taking them, ISO 8601.
    pub expires_at: String,
}

/// Directories of the plugin's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dirs {
    /// For what must last.
    pub data: String,
    /// For what may go.
    pub cache: String,
}

/// The host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Absolute path.
    pub bin: String,
    /// Version.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that plugins parse: a change here breaks them.
    const WIRE: &str = r#"{"v":1,"invocation":"00112233445566778899aabbccddeeff","depth":1,"plugin":{"name":"foo","source":"path"},"agent":{"name":"default","mint":"M","executive_pubkey":"P","treasury":"T","network":"solana-devnet"},"api":{"base_url":"https://a"},"rpc":{"url":"https://r"},"explorer":{"url":"https://e"},"global":{"json":false,"color":"auto","quiet":false,"verbose":0},"dirs":{"data":"/d","cache":"/c"},"host":{"bin":"/b","version":"0.1.0"},"features":[]}"#;

    #[test]
    fn the_wire_is_pinned() {
        let context: Context = serde_json::from_str(WIRE).expect("a context");
        assert_eq!(serde_json::to_string(&context).expect("json"), WIRE);
    }

    /// The same for a plugin that has a grant.
    const GRANTED: &str = r#"{"v":1,"invocation":"00112233445566778899aabbccddeeff","depth":1,"plugin":{"name":"foo","version":"1.2.0","digest":"sha256:00","source":"path"},"global":{"json":false,"color":"auto","quiet":false,"verbose":0},"grant":{"scopes":[{"methods":["GET"],"path":"/v1/x"}],"max_signatures":20},"presigned":[{"method":"GET","path":"/v1/x","headers":{"x-leash-agent":"M","x-leash-timestamp":"T","x-leash-sig":"S"},"expires_at":"E"}],"dirs":{"data":"/d","cache":"/c"},"host":{"bin":"/b","version":"0.1.0"},"features":["sign_http"]}"#;

    #[test]
    fn the_wire_of_a_grant_is_pinned() {
        let context: Context = serde_json::from_str(GRANTED).expect("a context");
        assert_eq!(serde_json::to_string(&context).expect("json"), GRANTED);
    }

    #[test]
    fn what_is_unknown_is_ignored() {
        let later = WIRE.replacen("{\"v\":1", "{\"later\":[1],\"v\":1", 1).replace("\"path\"", "\"moon\"");
        let context: Context = serde_json::from_str(&later).expect("a context");
        assert_eq!(context.plugin.source, Source::Unknown);
    }
}
