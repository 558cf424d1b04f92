//! Requests that come with an API key: `Authorization: Bearer …` or `X-Api-Key`.

use leash_identity::Network;

use super::{Request, Sandbox, answer::Answer, rate::Verdict};
use crate::{
    js::Text,
    store::{agents, keys, keys::Key},
};

/// Finds out whose key a request carries, and counts it.
pub(super) fn authenticate(sandbox: &Sandbox, request: &Request) -> Result<(Key, Verdict), Answer> {
    let Some(plaintext) = plaintext(request) else {
        return Err(Answer::unauthorized("missing api key"));
    };
    let network = claimed_network(&plaintext)?;
    let Some(key) = sandbox.store.read(|database| keys::by_plaintext(database, &plaintext.to_lossy()))?
    else {
        return Err(Answer::unauthorized("api key not recognized"));
    };
    if key.disabled_at.is_some() {
        return Err(Answer::unauthorized("api key disabled"));
    }
    if key.network != network {
        return Err(Answer::unauthorized("api key network does not match its prefix"));
    }
    if sandbox.strict {
        let agent = sandbox.store.read(|database| agents::get(database, &key.agent_mint))?;
        if agent.is_some_and(|agent| !agent.active) {
            return Err(Answer::unauthorized("agent is disabled"));
        }
    }
    let verdict = sandbox.limiter.count(&key.id);
    if verdict.allowed {
        return Ok((key, verdict));
    }
    let mut refusal = Answer::rate_limited();
    refusal.headers.extend(verdict.headers().map(|(name, value)| (name.into(), value)));
    Err(refusal)
}

fn plaintext(request: &Request) -> Option<Text> {
    let bearer = request.header("authorization").and_then(|value| bearer_token(&value));
    bearer.or_else(|| request.header("x-api-key")).map(|key| key.trim()).filter(|key| !key.is_empty())
}

/// What follows `Bearer` and white space, in any case.
fn bearer_token(value: &Text) -> Option<Text> {
    let scheme = value.first(6).to_lossy();
    let rest = Text::from_units(value.units().get(6..)?.to_vec());
    let token = rest.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && token.len() < rest.len()).then_some(token)
}

fn claimed_network(plaintext: &Text) -> Result<Network, Answer> {
    let text = plaintext.to_lossy();
    let network =
        [Network::Devnet, Network::Mainnet].into_iter().find(|n| text.starts_with(n.api_key_prefix()));
    network.ok_or_else(|| {
        let message = [
            Text::from(
                "unknown api key prefix; expected lsh_test_* (devnet) or lsh_live_* (mainnet), got \"",
            ),
            plaintext.first(12),
            Text::from("…\""),
        ];
        Answer::unauthorized(message.into_iter().collect::<Text>())
    })
}
