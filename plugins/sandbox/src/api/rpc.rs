//! `/rpc`: as much of Solana's JSON-RPC as it takes to see that something answers. There is no chain behind it.

use super::{Answer, Request, answer::Reply};
use crate::{
    clock,
    js::{Text, Value, json, object},
};

/// The devnet's genesis hash, which is how clients tell the networks apart.
const GENESIS: &str = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";

/// Answers one call, or a list of them.
pub(super) fn answer(request: &Request) -> Reply {
    if request.method() != "POST" {
        let body = "Used HTTP Method is not allowed. POST or OPTIONS is required\n".to_owned();
        return Ok(Answer { content_type: "text/plain", ..Answer::stored(405, body) });
    }
    let document = match json::parse(request.body()) {
        Ok(Value::List(calls)) if !calls.is_empty() => Value::List(calls.iter().map(call).collect()),
        Ok(Value::List(_)) => failure(-32600, "Invalid request", Value::Null),
        Ok(single) => call(&single),
        Err(_) => failure(-32700, "Parse error", Value::Null),
    };
    Ok(Answer::json(200, &document))
}

fn call(call: &Value) -> Value {
    let id = call.get("id").cloned().unwrap_or(Value::Null);
    let Some(method) = call.get("method").and_then(Value::as_text).map(Text::to_lossy) else {
        return failure(-32600, "Invalid request", id);
    };
    let result = match method.as_str() {
        "getHealth" => Value::text("ok"),
        "getVersion" => object([("solana-core", Value::text("2.0.0")), ("feature-set", Value::integer(0))]),
        "getGenesisHash" => Value::text(GENESIS),
        // A slot takes 400 milliseconds.
        "getSlot" => Value::Raw((clock::now() / 400).to_string()),
        _ => return failure(-32601, "Method not found", id),
    };
    object([("jsonrpc", Value::text("2.0")), ("result", result), ("id", id)])
}

fn failure(code: i32, message: &str, id: Value) -> Value {
    let error = object([("code", Value::Number(f64::from(code))), ("message", Value::text(message))]);
    object([("jsonrpc", Value::text("2.0")), ("error", error), ("id", id)])
}
