//! `agent`: the agents that the server knows. Works on the database, whether a server runs or not.

use std::fmt::Write as _;

use leash_chain::Address;
use leash_identity::Network;
use leash_output::{Error, Out, escape};
use serde_json::json;

use super::{DOCUMENT, database_error};
use crate::{
    api::{Sandbox, Settings},
    instance::DataDir,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the agents
    List,
    /// Make an agent known
    Add {
        /// The agent's mint
        #[arg(long, value_name = "M")]
        mint: Address,
        /// Public half of its executive key
        #[arg(long, value_name = "P")]
        executive: Address,
        /// The network it lives on
        #[arg(long, value_name = "N", default_value = "devnet", value_parser = network)]
        network: Network,
        /// What it is called
        #[arg(long, value_name = "X", default_value = "agent")]
        name: String,
    },
    /// Refuse an agent's requests
    Disable {
        /// The agent's mint
        mint: Address,
    },
    /// Take an agent's requests again
    Enable {
        /// The agent's mint
        mint: Address,
    },
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text).ok_or_else(|| "it is neither `devnet` nor `mainnet`".to_owned())
}

pub(super) fn agent(dir: &DataDir, command: &Command, out: Out) -> Result<(), Error> {
    dir.create()?;
    let settings = Settings { origin: String::new(), strict: false, rate_limit: 0 };
    let sandbox = Sandbox::open(&dir.database(), settings).map_err(|error| database_error(dir, &error))?;
    let failed = |error: String| database_error(dir, &error);
    match command {
        Command::List => list(dir, &sandbox, out),
        Command::Add { mint, executive, network, name } => {
            let (mint, executive) = (mint.to_string(), executive.to_string());
            let is_new = sandbox.add_agent(&mint, &executive, *network, name).map_err(failed)?;
            let same = |agent: &crate::store::agents::Agent| {
                agent.mint == mint && agent.executive == executive && agent.network == *network
            };
            if !is_new && !sandbox.agents().map_err(failed)?.iter().any(same) {
                return Err(Error::failure(
                    "agent_exists",
                    format!("agent `{mint}` is known with another key or network"),
                )
                .hint("`leash sandbox agent list` shows it"));
            }
            let document = json!({ "kind": DOCUMENT, "status": "ok", "agent_mint": mint, "added": is_new });
            out.result(&document, || format!("agent {mint} is known"))
        }
        Command::Disable { mint } => set_active(dir, &sandbox, mint, false, out),
        Command::Enable { mint } => set_active(dir, &sandbox, mint, true, out),
    }
}

fn set_active(dir: &DataDir, sandbox: &Sandbox, mint: &Address, active: bool, out: Out) -> Result<(), Error> {
    let mint = mint.to_string();
    if !sandbox.set_agent_active(&mint, active).map_err(|error| database_error(dir, &error))? {
        return Err(Error::failure("unknown_agent", format!("no agent `{mint}`"))
            .hint("`leash sandbox agent list` shows those that are known"));
    }
    let word = if active { "enabled" } else { "disabled" };
    let document = json!({ "kind": DOCUMENT, "status": "ok", "agent_mint": mint, "active": active });
    out.result(&document, || format!("agent {mint} is {word}"))
}

fn list(dir: &DataDir, sandbox: &Sandbox, out: Out) -> Result<(), Error> {
    let agents = sandbox.agents().map_err(|error| database_error(dir, &error))?;
    let items: Vec<_> = agents
        .iter()
        .map(|agent| {
            json!({
                "agent_mint": agent.mint,
                "executive_pubkey": agent.executive,
                "network": agent.network.as_str(),
                "name": agent.name,
                "active": agent.active,
                "created_at": agent.created_at,
            })
        })
        .collect();
    out.result(&json!({ "kind": DOCUMENT, "status": "ok", "items": items }), || {
        if agents.is_empty() {
            return "no agents; `leash sandbox up` makes one".to_owned();
        }
        agents.iter().fold(String::new(), |mut text, agent| {
            let state = if agent.active { "" } else { "  disabled" };
            let _ = writeln!(text, "{}  {}  {}{state}", agent.mint, agent.network, escape(&agent.name));
            text
        })
    })
}
