//! An API key as the API shows it, and lists of them.

use jiff::Timestamp;
use leash_signature::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An API key, without its secret part. Written out again it is what the API sent, fields that this
/// version doesn't know included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, a ULID.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// `solana-devnet` or `solana-mainnet`.
    pub network: String,
    /// How it begins: `lsh_test_` or `lsh_live_`.
    pub prefix: String,
    /// Its last four characters.
    pub last4: String,
    /// The executive key that created it.
    pub owner_wallet: String,
    /// The agent that it belongs to.
    pub agent_mint: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was created, as the API writes it.
    pub created_at: String,
    /// When it was disabled, if it was.
    #[serde(default)]
    pub disabled_at: Option<String>,
    /// Whatever else the API says of it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A new key, and this once its plaintext.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key as it will be listed.
    pub key: ApiKey,
    /// What requests are made with.
    pub plaintext: Secret<String>,
}

/// Which keys to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListKeys {
    /// Disabled ones, too. The API's default: no.
    pub include_disabled: Option<bool>,
    /// How many at most, 1 to 200. The API's default: 100.
    pub limit: Option<u8>,
}

/// Keys, newest first. There is no next page: the API gives at most 200.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPage {
    /// The keys.
    pub items: Vec<ApiKey>,
    /// The API's clock when it answered.
    pub server_time: Option<Timestamp>,
}

impl ApiKey {
    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.created_at.parse().ok()
    }

    /// Whether requests can be made with it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_survive() {
        let wire = r#"{"id":"1","label":"l","network":"n","prefix":"p","last4":"4","owner_wallet":"o","agent_mint":"m","scopes":["agent"],"created_at":"2026-11-23T04:14:40.721Z","disabled_at":null,"new":[1]}"#;
        let key: ApiKey = serde_json::from_str(wire).expect("a key");
        assert_eq!(serde_json::to_string(&key).expect("JSON"), wire);
        assert!(key.is_active() && key.created().is_some());
    }
}
