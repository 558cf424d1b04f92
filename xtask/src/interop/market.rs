//! The sandbox in a temporary home: its chain, its agent, and money for everyone else.

use std::{path::Path, process::Command};

use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::http;
use crate::home::TemporaryHome;

/// USDC on the devnet, and on the sandbox.
pub(super) const USDC: &str = "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU";
/// The devnet, which the sandbox speaks as.
pub(super) const NETWORK: &str = "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1";

/// A key that is made for a run, from a number: it holds nothing anywhere else.
pub(super) struct Key(SigningKey);

impl Key {
    pub(super) fn of(number: u8) -> Self {
        Self(SigningKey::from_bytes(&[number; 32]))
    }

    pub(super) fn address(&self) -> String {
        bs58::encode(self.0.verifying_key().to_bytes()).into_string()
    }

    /// Secret and public half, as Solana's tools write them.
    pub(super) fn bytes(&self) -> [u8; 64] {
        self.0.to_keypair_bytes()
    }
}

/// The sandbox, and what is on its chain.
pub(super) struct Market {
    home: TemporaryHome,
    port: u16,
    /// Whose tokens leash pays with.
    pub(super) treasury: String,
}

impl Market {
    pub(super) fn open(programs: &Path) -> Result<Self, String> {
        let home = TemporaryHome::new("interop", programs)?;
        let document = |arguments: &[&str]| -> Result<Value, String> {
            let mut command = home.command("leash");
            let output = command.args(arguments).output().map_err(|error| error.to_string())?;
            serde_json::from_slice(&output.stdout)
                .map_err(|error| format!("{command:?}: {error}: {output:?}"))
        };
        let up = document(&["sandbox", "up", "--json"])?;
        let url = up["url"].as_str().ok_or_else(|| format!("no sandbox: {up}"))?;
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| format!("`{url}` has no port"))?;
        let shown = document(&["--agent", "sandbox", "agent", "show", "--json"])?;
        let treasury =
            shown["treasury_address"].as_str().ok_or_else(|| format!("no treasury: {shown}"))?.to_owned();
        Ok(Self { home, port, treasury })
    }

    pub(super) fn close(self) -> Result<(), String> {
        self.home.remove()
    }

    pub(super) fn rpc_url(&self) -> String {
        format!("http://127.0.0.1:{}/rpc", self.port)
    }

    /// leash, as the sandbox's agent.
    pub(super) fn leash(&self) -> Command {
        let mut command = self.home.command("leash");
        command.args(["--agent", "sandbox"]);
        command
    }

    pub(super) fn give_sol(&self, to: &str) -> Result<(), String> {
        http::rpc(self.port, "requestAirdrop", &json!([to, 1_000_000_000])).map(drop)
    }

    /// Tokens for somebody, whose account is made.
    pub(super) fn give_usdc(&self, to: &str, amount: u64) -> Result<(), String> {
        http::rpc(self.port, "leashFund", &json!([to, USDC, amount.to_string()])).map(drop)
    }

    /// How much USDC somebody has, and how many transactions touched the account.
    pub(super) fn usdc(&self, owner: &str) -> Result<(u64, usize), String> {
        let params = json!([owner, { "mint": USDC }, { "encoding": "jsonParsed" }]);
        let accounts = http::rpc(self.port, "getTokenAccountsByOwner", &params)?;
        let account = &accounts["value"][0];
        let amount = &account["account"]["data"]["parsed"]["info"]["tokenAmount"]["amount"];
        let amount = amount.as_str().and_then(|amount| amount.parse().ok());
        let amount = amount.ok_or_else(|| format!("{owner} has no account: {accounts}"))?;
        let landed = http::rpc(self.port, "getSignaturesForAddress", &json!([account["pubkey"]]))?;
        Ok((amount, landed.as_array().map_or(0, Vec::len)))
    }
}
