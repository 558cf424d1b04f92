//! leash.market's own form of MPP: the challenge is the problem document itself.

use leash_chain::{Network, ix};
use leash_js::Value;

use crate::{
    Offer, Protocol, Unpayable,
    decode::{amount, cut, present, text},
    judge::{Judge, missing, token},
    networks::Chain,
    offer::{Echo, Form, Memo},
};

/// What names an MPP problem, in this form and in the specified one.
const PROBLEM: &str = "https://paymentauth.org/problems/payment-required";

/// Whether a body is an MPP problem.
pub(crate) fn is_problem(body: &Value) -> bool {
    text(body, "type").is_some_and(|kind| kind == PROBLEM)
}

/// Whether a body carries this form's challenge, as the specified form's never does.
pub(crate) fn is_challenge(body: &Value) -> bool {
    is_problem(body) && present(body, "request").is_some()
}

pub(crate) fn judge(document: &Value, judge: &Judge) -> Result<Offer, Unpayable> {
    let challenge_id = text(document, "challengeId").filter(|id| !id.is_empty());
    let challenge_id = challenge_id.ok_or_else(|| missing("challengeId"))?;
    let request = document.get("request").ok_or_else(|| missing("request"))?;
    let named = |name: &str| text(request, name).ok_or_else(|| missing(name));
    let written = named("network")?;
    let known = [Network::Devnet, Network::Mainnet].into_iter().find(|known| known.as_str() == written);
    let network = judge.network(&written, known.map_or(Chain::Other, Chain::Known))?;
    let token = token(&named("asset")?, network)?;
    if let Some(currency) = text(request, "currency").filter(|currency| currency != token.symbol) {
        return Err(Unpayable::TokenMismatch(format!("it calls {} `{}`", token.symbol, cut(&currency))));
    }
    let price = named("amount")?;
    let net = amount(&price).ok_or(Unpayable::Amount(price))?;
    let to = judge.party(&named("recipient")?, "recipient", Unpayable::Recipient)?;
    let payer = text(request, "feePayer")
        .ok_or_else(|| Unpayable::FeePayer("no `feePayer` is named to pay the network's fee".to_owned()))?;
    let memo = format!("mpp:{challenge_id}");
    if memo.len() > ix::MAX_MEMO_BYTES {
        return Err(Unpayable::Memo("the challenge's id is too long to be noted on the chain".to_owned()));
    }
    let offer = Offer {
        protocol: Protocol::LeashMpp,
        network,
        token,
        net,
        to,
        fee: None,
        fee_payer: Some(judge.party(&payer, "feePayer", Unpayable::FeePayer)?),
        memo: Memo::Text(memo),
        splits: Vec::new(),
        challenge_id: Some(challenge_id),
        recent_blockhash: None,
        expires: None,
        description: None,
        form: Form::Leash,
        echo: Echo::LeashMpp { asked: document.clone() },
    };
    offer.checked()
}
