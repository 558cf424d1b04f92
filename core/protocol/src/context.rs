//! The document that tells a plugin who the agent is. Readers ignore fields they don't know.

use serde::{Deserialize, Serialize};

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

    #[test]
    fn what_is_unknown_is_ignored() {
        let later = WIRE.replacen("{\"v\":1", "{\"later\":[1],\"v\":1", 1).replace("\"path\"", "\"moon\"");
        let context: Context = serde_json::from_str(&later).expect("a context");
        assert_eq!(context.plugin.source, Source::Unknown);
    }
}
