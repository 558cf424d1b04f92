//! `/v1/agents/record`: makes an agent known that was minted elsewhere.
//!
//! The asset is read from the chain, and its owner compared. The original asks for 20 seconds, since its chain may
//! be late; this one never is.

use leash_chain::{Address, Asset};
use leash_identity::Network;

use super::{
    Request, Sandbox,
    answer::{Answer, Reply},
    shapes::{LABEL, NETWORK, PUBKEY},
};
use crate::{
    js::{Value, object},
    store::{agents, stored},
    zod::{Schema, TextCheck},
};

const SERVICE: Schema = Schema::Object(&[
    ("name", Schema::Text(&[TextCheck::Min(1), TextCheck::Max(64)])),
    ("endpoint", Schema::Text(&[TextCheck::Url, TextCheck::Max(500)])),
]);
const SERVICES: Schema = Schema::List { item: &SERVICE, max: None };
const BODY: Schema = Schema::Object(&[
    ("mint", PUBKEY),
    ("executive_pubkey", PUBKEY),
    ("name", LABEL),
    ("description", Schema::Optional(&Schema::Text(&[TextCheck::Max(2048)]))),
    ("image_url", Schema::Optional(&Schema::Text(&[TextCheck::Url, TextCheck::Max(500)]))),
    ("services", Schema::Default(&SERVICES, || Value::List(Vec::new()))),
    ("network", Schema::Optional(&NETWORK)),
]);

/// Records an agent.
pub(super) fn record(sandbox: &Sandbox, request: &Request) -> Reply {
    let body = request.json(&BODY)?;
    let text = |name| body.get(name).and_then(Value::as_text).map(stored);
    let address = |name| text(name).unwrap_or_default().parse::<Address>();
    let (Ok(mint), Ok(executive)) = (address("mint"), address("executive_pubkey")) else {
        return Err(Answer::invalid("mint or executive_pubkey is not a valid Solana pubkey", None));
    };
    let known = sandbox.store.read(|read| agents::get(read, &mint.to_string()).map_err(Answer::from))?;
    if known.is_some() {
        return Err(already(&mint));
    }
    check_owner(sandbox, &mint, &executive)?;
    let network = text("network").and_then(|name| Network::parse(&name)).unwrap_or(Network::Devnet);
    let is_new: bool = sandbox.store.write(|write| {
        let name = text("name").unwrap_or_default();
        agents::add(write, &mint.to_string(), &executive.to_string(), network, &name).map_err(Answer::from)
    })?;
    if !is_new {
        return Err(already(&mint));
    }
    let document = object([
        ("mint", Value::text(mint.to_string())),
        ("treasury", Value::text(leash_chain::treasury(&mint).to_string())),
        ("executive_pubkey", Value::text(executive.to_string())),
        ("network", Value::text(network.as_str())),
        ("receipts_service", Value::text(format!("{}/v1/receipts/{mint}", sandbox.origin))),
    ]);
    Ok(Answer::json(200, &document))
}

fn already(mint: &Address) -> Answer {
    Answer::invalid(format!("agent {mint} is already recorded"), None)
}

fn check_owner(sandbox: &Sandbox, mint: &Address, executive: &Address) -> Result<(), Answer> {
    let account = sandbox.with_ledger(|ledger| ledger.account(mint))?;
    let asset = account.and_then(|account| Asset::read(&account).ok());
    let Some(asset) = asset else {
        return Err(Answer::rpc_error(format!(
            "fetch asset failed after 20s: The account of type [AssetV1] was not found at the provided address \
             [{mint}].\n\nSource: SDK\n"
        )));
    };
    if asset.owner == *executive {
        return Ok(());
    }
    Err(Answer::invalid(
        format!(
            "asset owner is {} (expected {executive}); transfer the asset to the executive before recording",
            asset.owner
        ),
        None,
    ))
}
