//! `leash treasury balance`.

use std::fmt::Write as _;

use leash_output::Error;
use leash_plugin::Host;
use serde_json::{Value, json};

use crate::{amounts::Coin, limit::shown, state::State};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let identity = host.identity()?;
    let rpc = host.rpc(&identity)?;
    let state = State::read(host, &identity, &rpc)?;
    if state.owner != state.executive {
        host.out.warn(&format!("`{}` owns the agent, and not its executive", state.owner));
    }
    let items: Vec<Value> = state
        .holdings
        .iter()
        .map(|holding| {
            let coin = Coin::Token(holding.token);
            json!({
                "token": coin.symbol(),
                "amount": coin.decimal(holding.amount()),
                "atomic": holding.amount().to_string(),
                "account": holding.address,
                "exists": holding.account.is_some(),
                "frozen": holding.account.as_ref().is_some_and(|account| account.frozen),
                "limit": shown(holding, &state.executive),
            })
        })
        .collect();
    let document = json!({
        "kind": "treasury_balance",
        "status": "ok",
        "agent": state.asset,
        "treasury": state.treasury,
        "network": identity.network.as_str(),
        "sol": { "amount": Coin::Sol.decimal(state.lamports), "lamports": state.lamports.to_string() },
        "tokens": items,
        "executive": {
            "address": state.executive,
            "amount": Coin::Sol.decimal(state.executive_lamports),
            "lamports": state.executive_lamports.to_string(),
        },
    });
    host.out.result(&document, || {
        let mut text = format!(
            "treasury of {}\n  address:   {}\n  network:   {}\n  SOL:       {}\n",
            state.asset,
            state.treasury,
            identity.network,
            Coin::Sol.decimal(state.lamports)
        );
        for holding in &state.holdings {
            let coin = Coin::Token(holding.token);
            let note = match &holding.account {
                None => "  (no account yet)",
                Some(account) if account.frozen => "  (frozen)",
                Some(_) => "",
            };
            let label = format!("{}:", coin.symbol());
            let _ = writeln!(text, "  {label:<10} {}{note}", coin.decimal(holding.amount()));
        }
        let _ = writeln!(text, "  executive: {} SOL for fees", Coin::Sol.decimal(state.executive_lamports));
        text
    })
}
