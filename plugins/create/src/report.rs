//! What is said: that money is needed, and that the agent is there.

use std::path::Path;

use leash_chain::{Address, SOL_DECIMALS, format_amount, treasury};
use leash_command::Host;
use leash_files::Paths;
use leash_identity::Network;
use leash_output::{Error, command, escape};
use serde_json::json;

use crate::pay_link;
use crate::untold::Made;

/// An agent that can't be minted yet.
pub(crate) struct Unfunded<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) network: Network,
    pub(crate) imported: bool,
}

/// That the key isn't funded: the result, or on stderr where it will be waited for.
pub(crate) fn unfunded(
    host: &Host,
    unfunded: &Unfunded<'_>,
    address: &Address,
    needed: u64,
    balance: u64,
    wait: bool,
) -> Result<(), Error> {
    let sol = |lamports| format_amount(lamports, SOL_DECIMALS);
    let missing = needed.saturating_sub(balance);
    let link = pay_link::link(address, None, Some(missing));
    let (network, shown) = (unfunded.network, Paths::display(unfunded.path));
    let how = match network {
        Network::Devnet => {
            format!("devnet SOL is free: a faucet, or for a sandbox `leash sandbox airdrop --to {address}`")
        }
        Network::Mainnet => "any wallet can send it".to_owned(),
    };
    let again = format!(
        "then run `{}` again: it goes on from here",
        command(&format!("agent create {}", unfunded.name))
    );
    let source = if unfunded.imported { "imported" } else { "generated" };
    let document = json!({
        "kind": "register_agent", "status": "funding_required", "name": unfunded.name, "network": network.as_str(),
        "executive_pubkey": address, "balance_lamports": balance.to_string(), "balance_sol": sol(balance),
        "required_lamports": needed.to_string(), "required_sol": sol(needed), "needed_lamports": missing.to_string(),
        "config_path": unfunded.path.to_string_lossy(), "keypair_source": source, "pay_link": link,
        "instructions": [format!("send at least {} SOL on {network} to {address}", sol(missing)), how, again],
    });
    let text = |picture: bool| {
        let picture = if picture { pay_link::picture(&link) } else { String::new() };
        let next = if wait { String::new() } else { format!("{again}\n") };
        format!(
            "send {} SOL to the agent's executive key, which is saved in {shown}\n  address: {address}\n  network: \
             {network}\n  balance: {} SOL\n  link:    {link}\n{picture}{how}\n{next}",
            sol(missing),
            sol(balance)
        )
    };
    if !wait {
        return host.out.result(&document, || text(host.out.is_terminal()));
    }
    host.out.show(&text(host.out.is_watched()));
    Ok(())
}

/// That the agent is there.
pub(crate) fn done(host: &Host, name: &str, made: &Made) -> Result<(), Error> {
    let path = host.paths()?.agent_file(name);
    let asset: Address = made.agent_mint.parse().map_err(|error| {
        Error::failure("internal", format!("`{}` is no mint: {error}", escape(&made.agent_mint)))
    })?;
    let (treasury, executive, network) = (treasury(&asset), &made.executive, &made.network);
    let limit = match made.cap {
        u64::MAX => "unlimited".to_owned(),
        cap => format_amount(cap, 6),
    };
    let document = json!({
        "kind": "register_agent", "status": "ok", "name": name, "agent_mint": asset, "treasury_address": treasury,
        "executive_pubkey": executive, "network": network,
        "tx_signatures": { "mint": made.mint, "delegate": made.delegate },
        "receipts_service_url": made.receipts, "config_written_to": path.to_string_lossy(),
        "limit": {
            "token": "USDC", "amount": limit, "atomic": made.cap.to_string(), "unlimited": made.cap == u64::MAX,
        },
        "note": "the agent is minted and recorded",
    });
    host.out.result(&document, || {
        format!(
            "agent `{name}` created\n  agent mint:     {asset}\n  treasury:       {treasury}\n  executive:      {executive}\n  \
             network:        {network}\n  file:           {}\n  payments spend: at most {limit} USDC (`{}`)\n\
             act as it:     leash agent use {name}\nfund it:       {}\n\
             protect it:    leash --agent {name} key protect",
            Paths::display(&path),
            command(&format!("--agent {name} treasury set-limit")),
            command(&format!("--agent {name} agent fund --token USDC")),
        )
    })
}
