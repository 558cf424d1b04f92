//! Two agents whose keys were made for tests and hold nothing.

use serde_json::{Value, json};

/// An agent.
#[derive(Debug, Clone, Copy)]
pub struct Agent {
    /// Its mint.
    pub mint: &'static str,
    /// Its executive key, base58.
    pub key: &'static str,
    /// The public half.
    pub executive: &'static str,
    /// Its treasury.
    pub treasury: &'static str,
}

/// The first.
pub const AGENT_1: Agent = Agent {
    mint: "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj",
    key: "56Uqd7MBAWmTAZgDGSVYBbDFZ6SPdfhwywTgs7DcyJBu7jpF3kjuBezdXB6FmBawQ42tZR3sPK24M2sXndzPcSrZ",
    executive: "AV3nmEArrKwFqbDzRsE9h3eUdhQvDF7zhCnRzH7kco7",
    treasury: "8Xt65473jqgUU1FwnPhKEnhqXBfteXPHXim9RyJjjCQL",
};

/// The second.
pub const AGENT_2: Agent = Agent {
    mint: "GHjjFsdf4QxBprWCvW8e9KkJQL6ENspe4XrYqZRE4zrr",
    key: "6p3D2FGw3Yu9X58SWCrTvv2Kfj6BgvJaK24jg9MGg71n3sHp8EwkG7vMrz8xqCYmUpF1VEF6XZqHrrMrLg4CDBq",
    executive: "9zGzjg1sDrxiwoV9PvpGHjYofSBAGmmzKC68zyFGwqUo",
    treasury: "",
};

impl Agent {
    /// Its file, for an API at `api_url`.
    #[must_use]
    pub fn file(&self, api_url: &str) -> Value {
        json!({
            "version": 1,
            "agent_mint": self.mint,
            "executive_keypair": self.key,
            "network": "solana-devnet",
            "api_url": api_url,
            "rpc_url": format!("{api_url}/rpc"),
            "created_at": "2026-11-23T04:14:40.000Z",
        })
    }
}
