//! What the user agreed to.

use std::path::PathBuf;

use jiff::Timestamp;
use leash_policy::Allowance;
use leash_protocol::{
    manifest::{Consent, Level},
    scope::Scope,
};
use serde::{Deserialize, Serialize};

use crate::Digest;

/// What one plugin may have signed, and everything that must stay as it was for that.
///
/// A field that isn't known makes it unreadable: it might have been a restriction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The plugin's name.
    pub name: String,
    /// The executable's absolute path, as it was found.
    pub path: PathBuf,
    /// The digest of the executable or, for an installed plugin, of its whole directory.
    pub digest: Digest,
    /// The digest of the manifest.
    pub manifest_digest: Digest,
    /// For a script: the program that runs it, started by this path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
    /// For a script that names its interpreter through `env`: that `env`. It is never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Interpreter>,
    /// Which requests may be signed.
    pub scopes: Vec<Scope>,
    /// How many in one invocation.
    pub max_signatures: u32,
    /// How many in one day (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_day: Option<u32>,
    /// What may be paid; none for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<Allowance>,
    /// Whether the user is asked.
    pub consent: Consent,
    /// How far the plugin is shut in.
    pub level: Level,
    /// For which agent.
    pub agent: AgentBinding,
    /// Whether the plugin gets the API key.
    pub api_key: bool,
    /// When the user agreed.
    pub granted_at: Timestamp,
    /// Until when it holds; none for as long as nothing changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the user was asked under `consent = "first"` and said yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consented_at: Option<Timestamp>,
}

/// For which agent something was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum AgentBinding {
    /// For one agent on one network.
    One {
        /// Its mint.
        mint: String,
        /// `solana-devnet` or `solana-mainnet`.
        network: String,
    },
    /// For every agent of this user's.
    All,
}

/// A program that a grant binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interpreter {
    /// Its path.
    pub path: PathBuf,
    /// The digest of the file there.
    pub digest: Digest,
}

impl Grant {
    /// Whether there is anything that a signer could do.
    #[must_use]
    pub fn needs_signer(&self) -> bool {
        !self.scopes.is_empty() || self.pay.is_some()
    }

    /// Whether its time has run out.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether it holds for an agent.
    #[must_use]
    pub fn covers(&self, mint: &str, network: &str) -> bool {
        match &self.agent {
            AgentBinding::One { mint: m, network: n } => m == mint && n == network,
            AgentBinding::All => true,
        }
    }
}
