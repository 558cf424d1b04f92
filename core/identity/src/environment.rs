//! The variables of an identity, read once, and what was said about which agent is meant.
#![allow(clippy::disallowed_methods, reason = "the variables of an identity are read here")]

use std::env::VarError;

use leash_output::{Error, Kind};
use leash_signature::Secret;

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
    /// Variables that are set, but can't be read as text.
    not_text: Vec<&'static str>,
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Where `LEASH_AGENT` isn't UTF-8. Whether the others are is up to [`Environment::check`].
    pub fn read() -> Result<Self, Error> {
        let mut not_text = Vec::new();
        let mut get = |name: &'static str| match std::env::var(name) {
            Ok(value) => Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            Err(VarError::NotPresent) => None,
            Err(VarError::NotUnicode(_)) => {
                not_text.push(name);
                None
            }
        };
        let agent = get("LEASH_AGENT");
        let mut environment = Self {
            mint: get("LEASH_AGENT_MINT"),
            key: get("LEASH_EXECUTIVE_KEY").map(Secret::new),
            network: get("LEASH_NETWORK"),
            api_url: get("LEASH_API_URL"),
            rpc_url: get("LEASH_RPC_URL"),
            explorer_url: get("LEASH_EXPLORER_URL"),
            api_key: get("LEASH_API_KEY").map(Secret::new),
            agent,
            not_text: Vec::new(),
        };
        if not_text.contains(&"LEASH_AGENT") {
            return Err(not_utf8("LEASH_AGENT"));
        }
        environment.not_text = not_text;
        Ok(environment)
    }

    /// Whether all of it can be used.
    ///
    /// # Errors
    /// Where a variable isn't UTF-8: leaving it out would silently mean something else.
    pub fn check(&self) -> Result<(), Error> {
        self.not_text.first().map_or(Ok(()), |name| Err(not_utf8(name)))
    }

    /// Whether it says all that an agent needs.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.mint.is_some() && self.key.is_some()
    }

    /// What it says of which agent is meant, and nothing of that agent.
    #[must_use]
    pub fn selection_only(self) -> Self {
        Self { agent: self.agent, ..Self::default() }
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
        .filter_map(|(name, set)| (set || self.not_text.contains(&name)).then_some(name))
        .collect()
    }
}

fn not_utf8(name: &str) -> Error {
    Error::new(Kind::Identity, "bad_variable", format!("{name} is not UTF-8"))
        .hint(format!("set it anew, or `unset {name}`"))
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
