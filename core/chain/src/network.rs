//! The two networks, and nothing that silently means one of them.

use std::fmt;

/// A Solana network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// `solana-devnet`: play money.
    Devnet,
    /// `solana-mainnet`: money.
    Mainnet,
}

impl Network {
    /// Reads a name: `devnet`, `mainnet`, `solana-devnet` or `solana-mainnet`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "devnet" | "solana-devnet" => Some(Self::Devnet),
            "mainnet" | "solana-mainnet" => Some(Self::Mainnet),
            _ => None,
        }
    }

    /// The name that the API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Devnet => "solana-devnet",
            Self::Mainnet => "solana-mainnet",
        }
    }

    /// The name that x402 uses (CAIP-2): `solana:` and the beginning of the first block's hash.
    #[must_use]
    pub const fn caip2(self) -> &'static str {
        match self {
            Self::Devnet => "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
            Self::Mainnet => "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        }
    }

    /// The network of a CAIP-2 name, exactly.
    #[must_use]
    pub fn of_caip2(text: &str) -> Option<Self> {
        [Self::Devnet, Self::Mainnet].into_iter().find(|network| network.caip2() == text)
    }

    /// The public RPC endpoint, slow and shared, for those who name none.
    #[must_use]
    pub const fn default_rpc_url(self) -> &'static str {
        match self {
            Self::Devnet => "https://api.devnet.solana.com",
            Self::Mainnet => "https://api.mainnet-beta.solana.com",
        }
    }

    /// How an API key of this network begins.
    #[must_use]
    pub const fn api_key_prefix(self) -> &'static str {
        match self {
            Self::Devnet => "lsh_test_",
            Self::Mainnet => "lsh_live_",
        }
    }

    /// Whether an API key can belong to an agent on this network.
    ///
    /// # Errors
    /// Where it is a key of the other one.
    pub fn check_api_key(self, key: &str) -> Result<(), KeyOfOtherNetwork> {
        let other = match self {
            Self::Devnet => Self::Mainnet,
            Self::Mainnet => Self::Devnet,
        };
        if key.starts_with(other.api_key_prefix()) {
            return Err(KeyOfOtherNetwork { agent: self, key: other });
        }
        Ok(())
    }

    /// The page of an account on a public explorer.
    #[must_use]
    pub fn account_url(self, address: &crate::Address) -> String {
        match self {
            Self::Devnet => format!("https://solscan.io/account/{address}?cluster=devnet"),
            Self::Mainnet => format!("https://solscan.io/account/{address}"),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An API key belongs to another network than the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the API key is a `{}` key of {key}, and the agent lives on {agent}; nothing was sent", key.api_key_prefix())]
pub struct KeyOfOtherNetwork {
    /// Where the agent lives.
    pub agent: Network,
    /// What the key is for.
    pub key: Network,
}
