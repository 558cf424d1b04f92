//! The variables of an identity, read once, and what was said about which agent is meant.

use std::env::VarError;

use leash_output::{Error, Kind};
use leash_signer::Secret;

/// The variables, blank ones left out.
#[derive(Debug, Default)]
pub struct Environment {
    /// `LEASH_AGENT_MINT`.
    pub mint: Option<String>,
    /// `LEASH_EXECUTIVE_KEY`.
    pub key: Option<Secret<String>>,
    /// `LEASH_NETWORK`.
    pub network: Option<String>,
    /// `LEASH_API_URL`.
    pub api_url: Option<String>,
    /// `LEASH_RPC_URL`.
    pub rpc_url: Option<String>,
    /// `LEASH_EXPLORER_URL`.
    pub explorer_url: Option<String>,
    /// `LEASH_API_KEY`.
    pub api_key: Option<Secret<String>>,
    /// `LEASH_AGENT`.
    pub agent: Option<String>,
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Where a variable isn't UTF-8: leaving it out would silently mean something else.
    pub fn read() -> Result<Self, Error> {
        let get = |name: &str| match std::env::var(name) {
            Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                Err(Error::new(Kind::Identity, "bad_variable", format!("{name} is not UTF-8"))
                    .hint(format!("set it anew, or `unset {name}`")))
            }
        };
        Ok(Self {
            mint: get("LEASH_AGENT_MINT")?,
            key: get("LEASH_EXECUTIVE_KEY")?.map(Secret::new),
            network: get("LEASH_NETWORK")?,
            api_url: get("LEASH_API_URL")?,
            rpc_url: get("LEASH_RPC_URL")?,
            explorer_url: get("LEASH_EXPLORER_URL")?,
            api_key: get("LEASH_API_KEY")?.map(Secret::new),
            agent: get("LEASH_AGENT")?,
        })
    }

    /// The names of the variables that are set, apart from `LEASH_AGENT`.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        [
            ("LEASH_AGENT_MINT", self.mint.is_some()),
            ("LEASH_EXECUTIVE_KEY", self.key.is_some()),
            ("LEASH_NETWORK", self.network.is_some()),
            ("LEASH_API_URL", self.api_url.is_some()),
            ("LEASH_RPC_URL", self.rpc_url.is_some()),
            ("LEASH_EXPLORER_URL", self.explorer_url.is_some()),
            ("LEASH_API_KEY", self.api_key.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }
}

/// Which agent is meant, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `--agent NAME`.
    Option(String),
    /// `LEASH_AGENT`.
    Variable(String),
    /// `default_agent` in `config.toml`, or else the default agent. The environment beats its file.
    Default(String),
}

impl Selection {
    /// The agent's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Option(name) | Self::Variable(name) | Self::Default(name) => name,
        }
    }

    /// How the agent was named, where that rules out the environment's other variables.
    #[must_use]
    pub fn explicit(&self) -> Option<String> {
        match self {
            Self::Option(name) => Some(format!("--agent {name}")),
            Self::Variable(name) => Some(format!("LEASH_AGENT={name}")),
            Self::Default(_) => None,
        }
    }
}
