//! What `--json` says, by the names that the TypeScript client's documents have, so that scripts that read those go on.

use leash_chain::{Address, Network, Signature, Token, programs};
use serde_json::{Map, Value, json};

use crate::amounts::Coin;
use crate::state::{Holding, State};

/// The order in which the TypeScript client lists tokens.
const ORDER: [&str; 3] = ["USDC", "USDG", "USDT"];

/// `treasury balance`. A number is there where the original's document has one; the same is beside it as text, exact.
pub(crate) fn balance(state: &State, network: Network) -> Value {
    let listed = ORDER.iter().flat_map(|symbol| {
        state.holdings.iter().filter(move |holding| holding.token.symbol == *symbol).map(|holding| {
            let (token, coin) = (holding.token, Coin::Token(holding.token));
            json!({
                "symbol": token.symbol,
                "name": name(token, network),
                "ui": number(&coin.decimal(holding.amount())),
                "decimal": coin.decimal(holding.amount()),
                "amount": holding.amount().to_string(),
                "decimals": token.decimals,
                "mint": token.mint,
                "program": if token.program == programs::TOKEN_2022 { "spl-token-2022" } else { "spl-token" },
                "account": holding.address,
                "exists": holding.account.is_some(),
                "frozen": holding.account.as_ref().is_some_and(|account| account.frozen),
                "limit": allowed(holding, &state.executive),
            })
        })
    });
    json!({
        "kind": "treasury_balance",
        "status": "ok",
        "agent_mint": state.asset,
        "treasury": state.treasury,
        "network": network.as_str(),
        "sol": number(&Coin::Sol.decimal(state.lamports)),
        "sol_decimal": Coin::Sol.decimal(state.lamports),
        "sol_lamports": state.lamports.to_string(),
        "tokens": listed.collect::<Vec<_>>(),
        "executive": {
            "address": state.executive,
            "amount": Coin::Sol.decimal(state.executive_lamports),
            "lamports": state.executive_lamports.to_string(),
        },
    })
}

/// `treasury limit`. What is delegated stands there whoever the delegate is; `limit` is what the executive may spend.
pub(crate) fn limit(state: &State, holding: &Holding, network: Network) -> Value {
    let coin = Coin::Token(holding.token);
    let allowance = holding.account.as_ref().and_then(|account| account.allowance);
    let delegated = allowance.map_or(0, |allowance| allowance.amount);
    let mut document = head(state, holding, network);
    let more = json!({
        "source_exists": holding.account.is_some(),
        "delegate": allowance.map(|allowance| allowance.delegate),
        "executive_pubkey": state.executive,
        "delegate_matches_executive": allowance.is_some_and(|allowance| allowance.delegate == state.executive),
        "delegated_amount_atomic": delegated.to_string(),
        "delegated_amount": endless(coin, delegated),
        "balance_atomic": holding.amount().to_string(),
        "balance": coin.decimal(holding.amount()),
        "decimals": holding.token.decimals,
        "limit": allowed(holding, &state.executive),
    });
    add(&mut document, more);
    Value::Object(document)
}

/// `treasury set-limit`: what was set, by which transaction; none where nothing had to be.
pub(crate) fn set(
    state: &State,
    holding: &Holding,
    network: Network,
    amount: u64,
    done: Option<(Signature, bool)>,
) -> Value {
    let coin = Coin::Token(holding.token);
    let mode = match amount {
        0 => "revoke",
        u64::MAX => "unlimited",
        _ => "amount",
    };
    let id = done.map(|(id, _)| id);
    let mut document = head(state, holding, network);
    let more = json!({
        "mode": mode,
        "changed": done.is_some(),
        "delegate": (amount > 0).then_some(state.executive),
        "delegated_amount_atomic": amount.to_string(),
        "delegated_amount": endless(coin, amount),
        "decimals": holding.token.decimals,
        "tx_signature": id,
        "explorer_url": id.map(|id| page(&id, network)),
        "resumed": done.is_some_and(|(_, resumed)| resumed),
    });
    add(&mut document, more);
    Value::Object(document)
}

/// A withdrawal that landed.
pub(crate) struct Withdrawn<'a> {
    pub(crate) coin: Coin,
    pub(crate) to: &'a Address,
    /// Not known where an earlier run took all there was.
    pub(crate) amount: Option<u64>,
    pub(crate) id: Signature,
    pub(crate) slot: u64,
    pub(crate) resumed: bool,
}

/// `treasury withdraw`.
pub(crate) fn withdrawn(state: &State, network: Network, withdrawn: &Withdrawn<'_>) -> Value {
    let Withdrawn { coin, to, amount, id, slot, resumed } = *withdrawn;
    let token = match coin {
        Coin::Sol => None,
        Coin::Token(token) => Some(token),
    };
    json!({
        "kind": "withdraw_receipt",
        "status": "ok",
        "agent_mint": state.asset,
        "token": coin.symbol(),
        "mint": token.map(|token| token.mint),
        // As in the original's, it is named where it isn't the usual one.
        "token_program": token.map(|token| token.program).filter(|program| *program != programs::TOKEN),
        "decimals": coin.decimals(),
        "amount": amount.map(|amount| coin.decimal(amount)),
        "amount_atomic": amount.map(|amount| amount.to_string()),
        "destination": to,
        "treasury": state.treasury,
        "tx_signature": id,
        "network": network.as_str(),
        "explorer_url": page(&id, network),
        "slot": slot,
        "resumed": resumed,
    })
}

/// What the executive may spend.
fn allowed(holding: &Holding, executive: &Address) -> Value {
    let allowance = holding.allowance(executive);
    json!({
        "amount": endless(Coin::Token(holding.token), allowance),
        "atomic": allowance.to_string(),
        "unlimited": allowance == u64::MAX,
        "somebody_else": holding.stranger(executive),
    })
}

fn head(state: &State, holding: &Holding, network: Network) -> Map<String, Value> {
    let mut head = Map::new();
    add(
        &mut head,
        json!({
            "kind": "spend_limit",
            "status": "ok",
            "agent_mint": state.asset,
            "symbol": holding.token.symbol,
            "mint": holding.token.mint,
            "treasury": state.treasury,
            "source_token_account": holding.address,
            "network": network.as_str(),
        }),
    );
    head
}

fn add(document: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        document.extend(more);
    }
}

fn endless(coin: Coin, amount: u64) -> String {
    if amount == u64::MAX { "unlimited".to_owned() } else { coin.decimal(amount) }
}

/// The digits as a number; nothing is computed with it.
fn number(decimal: &str) -> Value {
    serde_json::from_str(decimal).unwrap_or(Value::Null)
}

fn name(token: &Token, network: Network) -> String {
    let name = match token.symbol {
        "USDC" => "USD Coin",
        "USDG" => "Global Dollar",
        "USDT" => "Tether USD",
        other => other,
    };
    if network == Network::Devnet { format!("{name} (devnet)") } else { name.to_owned() }
}

fn page(id: &Signature, network: Network) -> String {
    let cluster = if network == Network::Devnet { "?cluster=devnet" } else { "" };
    format!("https://solscan.io/tx/{id}{cluster}")
}
