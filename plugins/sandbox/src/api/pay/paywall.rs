//! `/x/{id}`: which link it is, whether it can be called so, and by which protocol it is paid.

use leash_identity::Network;

use super::{Sandbox, challenge, sale::Sale, x402};
use crate::{
    api::{Answer, Request, answer::Reply},
    js::{Text, Value},
    store::{counters, links},
    target::parameter,
};

/// Headers that a page of another origin may read.
const EXPOSED: &str = "PAYMENT-RESPONSE,X-PAYMENT-RESPONSE,payment-required,x-payment-receipt,X-Leash-Tx-Sig,\
X-Leash-Receipt-Hash,X-Leash-Agent,X-Leash-Tx-Explorer,X-Leash-Agent-Explorer";

/// Answers anyone, from anywhere.
pub(in crate::api) fn answer(sandbox: &Sandbox, request: &Request, id: &str) -> Answer {
    let answer = if request.method() == "OPTIONS" {
        Answer::stored(204, Vec::new())
            .typed("")
            .with("access-control-max-age", "600")
            .with("access-control-allow-methods", "GET,POST,OPTIONS")
            .with(
                "access-control-allow-headers",
                "Content-Type,Accept,Authorization,X-PAYMENT,PAYMENT-SIGNATURE,X-Leash-Callback",
            )
    } else {
        route(sandbox, request, &parameter(id)).unwrap_or_else(|refusal| refusal)
    };
    answer.with("access-control-allow-origin", "*").with("access-control-expose-headers", EXPOSED)
}

fn route(sandbox: &Sandbox, request: &Request, id: &str) -> Reply {
    let find = |network| sandbox.store.read(|database| links::anyones(database, network, id));
    let asked = asked_network(request);
    let link = match asked {
        Some(network) => find(network)?,
        None => match find(Network::Mainnet)? {
            Some(link) => Some(link),
            None => find(Network::Devnet)?,
        },
    };
    let Some(link) = link else {
        if let Some(network) = asked {
            let other = if network == Network::Mainnet { Network::Devnet } else { Network::Mainnet };
            if find(other)?.is_some() {
                let message = format!(
                    "payment link \"{id}\" exists on {other}, not {network}. Append ?network={other} to the URL."
                );
                return Err(Answer::error(404, "wrong_network", message, None));
            }
        }
        return Err(Answer::not_found(format!("payment link \"{id}\" not found")));
    };
    if link.disabled_at.is_some() {
        return Err(Answer::error(410, "gone", format!("payment link \"{id}\" is disabled"), None));
    }
    if link.method != request.method().to_ascii_uppercase() {
        let message = format!("payment link \"{id}\" only accepts {}", link.method);
        return Err(Answer::error(405, "method_not_allowed", message, None));
    }
    sandbox.store.write(|write| counters::called(write, link.network, &link.id))?;
    let sale = Sale { sandbox, request, link: &link };
    if link.protocol == "mpp" { challenge::answer(&sale) } else { x402::answer(&sale) }
}

/// The network in the query. One that isn't known counts as the mainnet.
fn asked_network(request: &Request) -> Option<Network> {
    let query = request.target().query();
    let first = match query.get("network")? {
        Value::List(values) => values.first()?.as_text()?,
        value => value.as_text()?,
    };
    match Text::to_lossy(first).as_str() {
        "" => None,
        "solana-devnet" | "devnet" => Some(Network::Devnet),
        _ => Some(Network::Mainnet),
    }
}
