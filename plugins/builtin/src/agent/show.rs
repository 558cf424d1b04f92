//! `leash agent show`: who commands act as. Nothing is asked of any server.

use leash_command::Host;
use leash_identity::{Identity, Key, Origin, Resolved};
use leash_output::{Error, escape};
use serde_json::{Value, json};

pub(super) fn run(host: &Host) -> Result<(), Error> {
    let identity = match host.resolve_identity()? {
        Resolved::Agent(identity) => identity,
        Resolved::None(none) => return Err(none.error()),
    };
    host.out.result(&document(&identity), || {
        format!(
            "agent_mint:       {}\nexecutive_pubkey: {}\ntreasury:         {}\nnetwork:          {}\n\
             name:             {}\nkey:              {}\napi_url:          {}\nrpc_url:          {}\napi_key:          {}\n",
            identity.mint,
            identity.executive.public(),
            leash_chain::treasury(&identity.mint),
            identity.network,
            identity.name,
            key(&identity),
            escape(&identity.api_url),
            escape(&identity.rpc_url),
            if identity.api_key.is_some() { "set" } else { "unset" },
        )
    })
}

/// In what form the key is there.
fn key(identity: &Identity) -> &'static str {
    match (&identity.origins.1, &identity.executive) {
        (Origin::Variable(_), _) => "environment",
        (_, Key::Open(_)) => "plaintext",
        (_, Key::Locked(_)) => "encrypted",
    }
}

fn document(identity: &Identity) -> Value {
    json!({
        "kind": "identity",
        "status": "ok",
        "agent_mint": identity.mint.to_string(),
        "treasury_address": leash_chain::treasury(&identity.mint).to_string(),
        "executive_pubkey": identity.executive.public().to_string(),
        "network": identity.network.as_str(),
        "api_base_url": identity.api_url,
        "rpc_url": identity.rpc_url,
        "explorer_url": identity.network.account_url(&identity.mint),
        "name": identity.name,
        "api_key": if identity.api_key.is_some() { "set" } else { "unset" },
        "file": identity.file.as_ref().map(|file| file.to_string_lossy()),
        "key": key(identity),
        "sources": { "agent_mint": identity.origins.0.to_string(), "executive_key": identity.origins.1.to_string() },
    })
}
