//! An MPP challenge, held against what may be paid.

use leash_chain::Network;
use leash_js::Value;

use crate::{
    Offer, Protocol, Refusal, Terms,
    decode::{amount, text},
    x402::{is_memo, party, token},
};

pub(crate) fn judge(document: &Value, terms: &Terms) -> Result<Offer, Refusal> {
    let refuse = |code, reason: String| Refusal::new(code, reason);
    let missing = |name: &str| refuse("malformed_challenge", format!("its challenge has no text `{name}`"));
    let challenge_id = text(document, "challengeId").filter(|id| !id.is_empty());
    let challenge_id = challenge_id.ok_or_else(|| missing("challengeId"))?;
    let request = document.get("request").ok_or_else(|| missing("request"))?;
    let named = |name: &str| text(request, name).ok_or_else(|| missing(name));
    let network_name = named("network")?;
    let known = [Network::Devnet, Network::Mainnet].into_iter().find(|known| known.as_str() == network_name);
    if known != Some(terms.network) {
        let ours = terms.network;
        let reason =
            format!("it wants to be paid on the network `{network_name}`, and the agent is on `{ours}`");
        return Err(refuse(crate::refusal::WRONG_NETWORK, reason));
    }
    let token = token(&named("asset")?, terms.network)?;
    if let Some(currency) = text(request, "currency").filter(|currency| currency != token.symbol) {
        let reason = format!("it calls `{currency}` what is {}", token.symbol);
        return Err(refuse("unknown_token", reason));
    }
    let price = named("amount")?;
    let net = amount(&price)
        .ok_or_else(|| refuse("bad_amount", format!("`{price}` is no amount in atomic units above zero")))?;
    let to = party(&named("recipient")?, "recipient", terms)?;
    let payer = text(request, "feePayer").ok_or_else(|| {
        refuse(
            "bad_fee_payer",
            "it names nobody who pays the network's fee, and the agent doesn't".to_owned(),
        )
    })?;
    let memo = format!("mpp:{challenge_id}");
    if !is_memo(&memo) {
        return Err(refuse("bad_memo", "its challenge's id is too long to be noted on the chain".to_owned()));
    }
    Ok(Offer {
        protocol: Protocol::Mpp,
        token,
        net,
        to,
        fee: None,
        fee_payer: party(&payer, "feePayer", terms)?,
        memo: Some(memo),
        challenge_id: Some(challenge_id),
        asked: document.clone(),
        resource: None,
        network_name,
    })
}
