//! What can be done with receipts. As with the original, any key may read and publish those of any agent of
//! its network, and nobody checks a receipt's hash.

use super::super::{
    Caller,
    answer::{Answer, Reply, document},
    request::fitting,
    shapes::limit,
};
use super::shape::{BODY, PATH, PATH_OF_ONE, QUERY};
use crate::{
    js::{Text, Value, object},
    store::{
        receipts::{self, Receipt},
        stored,
    },
    target::parameter,
};

/// How many receipts a page has where the client doesn't say.
const DEFAULT_LIMIT: u32 = 50;

/// Keeps a receipt, unless one of its hash is there.
pub(in crate::api) fn publish(caller: &Caller<'_>, agent: &str) -> Reply {
    caller.answer_again()?;
    let agent = checked_agent(agent)?;
    let body = caller.request.json(&BODY)?;
    let named = body.get("agent").and_then(Value::as_text).cloned().unwrap_or_default();
    if !named.is(&agent) {
        let detail =
            [Text::from("receipt.agent="), named, Text::from(format!(" does not equal path agent={agent}"))];
        return Err(Answer::invalid("agent mismatch", Some(detail.into_iter().collect())));
    }
    if caller.sandbox.strict && agent != caller.key.agent_mint {
        return Err(Answer::unauthorized(
            "agent-scoped api keys can only publish receipts of their own agent",
        ));
    }
    caller.write_once(|write| {
        let receipt = receipt(&body, caller, &write.iso());
        let is_new = receipts::add(write, &receipt)?;
        let event = if is_new { Value::text(write.id()?) } else { Value::Null };
        let hash = body.get("receipt_hash").cloned().unwrap_or(Value::Null);
        Ok(Answer::json(
            200,
            &object([
                ("ok", Value::Bool(true)),
                ("receipt_hash", hash),
                ("duplicate", Value::Bool(!is_new)),
                ("event_id", event),
            ]),
        ))
    })
}

/// Lists an agent's receipts, newest first.
pub(in crate::api) fn list(caller: &Caller<'_>, agent: &str) -> Reply {
    let query = caller.request.query(&QUERY)?;
    let agent = checked_agent(agent)?;
    let limit = limit(&query, DEFAULT_LIMIT);
    let kind = text(&query, "kind");
    let cursor = text(&query, "cursor").unwrap_or_default();
    // A cursor that is none is passed over.
    let cursor = cursor.split_once('|').filter(|(moment, _)| !moment.is_empty());
    let receipts = caller.sandbox.store.read(|database| {
        receipts::list(database, caller.key.network, &agent, kind.as_deref(), cursor, limit)
    })?;
    let is_full = u32::try_from(receipts.len()).is_ok_and(|count| count == limit);
    let next = receipts.last().filter(|_| is_full).map(|last| format!("{}|{}", last.ingested_at, last.hash));
    let items = receipts.iter().map(wire).collect();
    let document =
        object([("items", Value::List(items)), ("next_cursor", Value::text_or_null(next.as_deref()))]);
    Ok(Answer::json(200, &document))
}

/// One receipt.
pub(in crate::api) fn by_hash(caller: &Caller<'_>, hash: &str) -> Reply {
    let hash = parameter(hash);
    fitting(&PATH_OF_ONE, &document("hash", Value::text(hash.as_str())))?;
    let network = caller.key.network;
    let receipt = caller.sandbox.store.read(|database| receipts::by_hash(database, network, &hash))?;
    let receipt = receipt.ok_or_else(|| {
        Answer::not_found(format!(
            "receipt {hash} not found on {network} (a hash from the other network is invisible by design)"
        ))
    })?;
    Ok(Answer::json(200, &wire(&receipt)))
}

fn checked_agent(agent: &str) -> Result<String, Answer> {
    let agent = parameter(agent);
    fitting(&PATH, &document("agent", Value::text(agent.as_str())))?;
    Ok(agent)
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_text).map(stored)
}

fn receipt(body: &Value, caller: &Caller<'_>, now: &str) -> Receipt {
    let required = |name| text(body, name).unwrap_or_default();
    // The other protocol names its settlement differently. An empty name is none.
    let settlement = text(body, "tx_sig").or_else(|| text(body, "mpp_settlement_tx"));
    Receipt {
        hash: required("receipt_hash"),
        network: caller.key.network,
        agent: required("agent"),
        nonce: body.get("nonce").and_then(Value::as_number).unwrap_or(0.0),
        decision: required("decision"),
        kind: required("kind"),
        tx_sig: settlement.filter(|settlement| !settlement.is_empty()),
        payment_requirements_hash: text(body, "payment_requirements_hash"),
        raw: body.to_json(),
        ingested_at: now.to_owned(),
    }
}

fn wire(receipt: &Receipt) -> Value {
    object([
        ("receipt_hash", Value::text(receipt.hash.as_str())),
        ("network", Value::text(receipt.network.as_str())),
        ("agent", Value::text(receipt.agent.as_str())),
        ("nonce", Value::Number(receipt.nonce)),
        ("decision", Value::text(receipt.decision.as_str())),
        ("kind", Value::text(receipt.kind.as_str())),
        ("tx_sig", Value::text_or_null(receipt.tx_sig.as_deref())),
        ("payment_requirements_hash", Value::text_or_null(receipt.payment_requirements_hash.as_deref())),
        ("ingested_at", Value::text(receipt.ingested_at.as_str())),
        ("raw", Value::Raw(receipt.raw.clone())),
    ])
}
