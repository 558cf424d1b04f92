//! Requests that an agent signs: `X-Leash-Agent`, `X-Leash-Timestamp`, `X-Leash-Sig`.

use leash_chain::Address;
use leash_signature::Envelope;
use leash_signer::verify;

use super::{Request, Sandbox, answer::Answer};
use crate::{
    clock,
    js::{Text, date},
    store::{agents, agents::Agent, replays},
};

/// How far a timestamp may be off, in milliseconds.
const MAX_DRIFT: i64 = 5 * 60 * 1000;

/// Finds out which agent signed a request. The order of the checks is part of the API: clients see which
/// one failed.
pub(super) fn authenticate(sandbox: &Sandbox, request: &Request) -> Result<Agent, Answer> {
    let header = |name| request.header(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let (Some(signature), Some(mint), Some(timestamp)) =
        (header("x-leash-sig"), header("x-leash-agent"), header("x-leash-timestamp"))
    else {
        return Err(Answer::unauthorized("missing one of: x-leash-agent, x-leash-timestamp, x-leash-sig"));
    };
    let Some(moment) = date::parse(&timestamp) else {
        return Err(Answer::unauthorized("invalid x-leash-timestamp"));
    };
    if clock::now().abs_diff(moment) > MAX_DRIFT.unsigned_abs() {
        return Err(Answer::unauthorized("x-leash-timestamp: drift exceeds 5 minutes"));
    }
    let Some(agent) = sandbox.store.read(|database| agents::get(database, &mint.to_lossy()))? else {
        let name = [Text::from("unknown agent "), mint.first(8), Text::from("…")];
        return Err(Answer::unauthorized(name.into_iter().collect::<Text>()));
    };
    if !agent.active {
        return Err(Answer::unauthorized("agent is disabled"));
    }
    let signature = decode(&signature)?;
    let address =
        |text: &str| text.parse::<Address>().map_err(|error| Answer::internal(format!("`{text}`: {error}")));
    let envelope = Envelope {
        method: request.method(),
        path_and_query: &request.target().signed,
        timestamp: &timestamp.to_lossy(),
        body_sha256: Envelope::hash_body(request.body()),
        agent: &address(&agent.mint)?,
    };
    if !verify(&address(&agent.executive)?, &envelope, &signature) {
        return Err(Answer::unauthorized("signature does not verify"));
    }
    if sandbox.strict {
        let fresh: bool = sandbox
            .store
            .write(|write| replays::claim(write, &signature, moment + MAX_DRIFT).map_err(Answer::from))?;
        if !fresh {
            return Err(Answer::unauthorized("replayed request"));
        }
    }
    Ok(agent)
}

fn decode(text: &Text) -> Result<[u8; 64], Answer> {
    let malformed = || Answer::unauthorized("x-leash-sig: not valid base58");
    let wrong_length = || Answer::unauthorized("x-leash-sig: expected 64 bytes");
    let text = text.ascii().ok_or_else(malformed)?;
    // Decoding takes quadratic time, so what is too long is only looked at: 64 bytes have 88 characters at the most.
    let (head, tail) = text.split_at(text.len().min(89));
    let mut bytes = [0; 64];
    let decoded = bs58::decode(head).onto(&mut bytes);
    let in_alphabet = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b));
    match decoded {
        _ if !in_alphabet(head) || !in_alphabet(tail) => Err(malformed()),
        Ok(64) if tail.is_empty() => Ok(bytes),
        _ => Err(wrong_length()),
    }
}
