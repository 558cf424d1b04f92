//! An agent's API keys: `/v1/agents/{mint}/api-keys`.

use super::{
    Request, Sandbox,
    answer::{Answer, Reply, document},
    request::fitting,
    shapes::{LABEL, LIMIT, PUBKEY, SWITCH},
};
use crate::{
    js::{Value, object},
    store::{agents::Agent, keys, keys::Key, stored},
    strict,
    target::parameter,
    zod::{Schema, TextCheck},
};

const PATH: Schema = Schema::Object(&[("mint", PUBKEY)]);
const PATH_OF_ONE: Schema = Schema::Object(&[("mint", PUBKEY), ("id", Schema::Text(&[TextCheck::Min(1)]))]);
const BODY: Schema = Schema::Object(&[("label", LABEL)]);
const QUERY: Schema =
    Schema::Object(&[("include_disabled", Schema::Optional(&SWITCH)), ("limit", Schema::Optional(&LIMIT))]);

/// How many keys a list has where the client doesn't say.
const DEFAULT_LIMIT: u32 = 100;

/// Creates a key. Its text is in this answer and nowhere else.
pub(super) fn create(sandbox: &Sandbox, request: &Request, agent: &Agent, mint: &str) -> Reply {
    let mint = parameter(mint);
    fitting(&PATH, &object([("mint", Value::text(mint.as_str()))]))?;
    let body = request.json(&BODY)?;
    let label = body.get("label").and_then(Value::as_text).cloned().unwrap_or_default();
    if sandbox.strict {
        strict::check_label(&label)?;
    }
    check_agent(agent, &mint)?;
    let plaintext = keys::generate(agent.network)?;
    let key = sandbox.store.write(|write| {
        let key = Key {
            id: write.id()?,
            label: stored(&label),
            network: agent.network,
            prefix: agent.network.api_key_prefix().to_owned(),
            last4: plaintext[plaintext.len() - 4..].to_owned(),
            owner_wallet: agent.executive.clone(),
            agent_mint: mint.clone(),
            created_at: write.iso(),
            disabled_at: None,
        };
        keys::add(write, &plaintext, &key)?;
        Ok::<_, Answer>(key)
    })?;
    Ok(Answer::json(200, &object([("key", wire(&key)), ("plaintext", Value::text(plaintext))])))
}

/// Lists keys, newest first.
pub(super) fn list(sandbox: &Sandbox, request: &Request, agent: &Agent, mint: &str) -> Reply {
    let query = request.query(&QUERY)?;
    let mint = parameter(mint);
    fitting(&PATH, &object([("mint", Value::text(mint.as_str()))]))?;
    check_agent(agent, &mint)?;
    let include_disabled =
        query.get("include_disabled").and_then(Value::as_text).is_some_and(|text| text.is("true"));
    let limit = super::shapes::limit(&query, DEFAULT_LIMIT);
    let keys =
        sandbox.store.read(|database| keys::list(database, agent.network, &mint, include_disabled, limit))?;
    Ok(Answer::json(200, &document("items", Value::List(keys.iter().map(wire).collect()))))
}

/// Disables a key, from the next request on.
pub(super) fn disable(sandbox: &Sandbox, _: &Request, agent: &Agent, mint: &str, id: &str) -> Reply {
    let (mint, id) = (parameter(mint), parameter(id));
    fitting(&PATH_OF_ONE, &object([("mint", Value::text(mint.as_str())), ("id", Value::text(id.as_str()))]))?;
    check_agent(agent, &mint)?;
    let unknown = || Answer::not_found("api key not found");
    let key = sandbox.store.write(|write| {
        keys::by_id(write, &id)?.filter(|key| key.agent_mint == mint).ok_or_else(unknown)?;
        keys::disable(write, &id)?;
        keys::by_id(write, &id)?.ok_or_else(unknown)
    })?;
    Ok(Answer::json(200, &document("key", wire(&key))))
}

fn check_agent(agent: &Agent, mint: &str) -> Result<(), Answer> {
    if agent.mint == mint {
        return Ok(());
    }
    Err(Answer::unauthorized("X-Leash-Agent must equal :mint path param"))
}

fn wire(key: &Key) -> Value {
    object([
        ("id", Value::text(key.id.as_str())),
        ("label", Value::text(key.label.as_str())),
        ("network", Value::text(key.network.as_str())),
        ("prefix", Value::text(key.prefix.as_str())),
        ("last4", Value::text(key.last4.as_str())),
        ("owner_wallet", Value::text(key.owner_wallet.as_str())),
        ("agent_mint", Value::text(key.agent_mint.as_str())),
        ("scopes", Value::List(vec![Value::text("agent")])),
        ("created_at", Value::text(key.created_at.as_str())),
        ("disabled_at", Value::text_or_null(key.disabled_at.as_deref())),
    ])
}
