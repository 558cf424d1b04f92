//! JSON-RPC, as a Solana node speaks it: the methods that leash and the libraries it works with call.

mod accounts;
mod chain;
mod params;
mod subscriptions;
mod tokens;
mod transaction;
mod transactions;

use serde_json::{Value, json};

use crate::{Error, Ledger, Rejected};
pub use subscriptions::Subscriptions;
pub(crate) use tokens::amount as token_amount;

/// What a node says its version is.
const VERSION: &str = "3.0.0";

/// Why a call has no result.
#[derive(Debug)]
pub(crate) struct Fault {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Fault {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into(), data: None }
    }

    fn unknown_method() -> Self {
        Self { code: -32601, message: "Method not found".to_owned(), data: None }
    }

    fn invalid_request() -> Self {
        Self { code: -32600, message: "Invalid request".to_owned(), data: None }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { code: -32603, message: format!("Internal error: {error}"), data: None }
    }
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        let data = rejected.error.map(|error| {
            json!({
                "accounts": null, "err": error, "innerInstructions": null, "logs": rejected.logs,
                "returnData": null, "unitsConsumed": rejected.units,
            })
        });
        Self { code: rejected.code, message: rejected.message, data }
    }
}

impl Ledger {
    /// Answers one call, or a list of them.
    pub fn rpc(&mut self, body: &[u8]) -> Value {
        answer(body, |method, params| self.method(method, params))
    }

    fn method(&mut self, method: &str, params: &[Value]) -> Result<Value, Fault> {
        match method {
            "getHealth" => Ok(json!("ok")),
            "getVersion" => Ok(json!({ "solana-core": VERSION, "feature-set": 0 })),
            // It keeps all blocks.
            "getFirstAvailableBlock" => Ok(json!(0)),
            "getGenesisHash" => Ok(json!(chain::GENESIS)),
            "getSlot" | "getBlockHeight" => Ok(json!(self.slot())),
            "getEpochInfo" => Ok(self.epoch()),
            "getLatestBlockhash" => Ok(self.latest_blockhash()),
            "isBlockhashValid" => self.is_blockhash_valid(params),
            "getFeeForMessage" => self.fee(params),
            "getRecentPrioritizationFees" => Ok(json!([])),
            "getMinimumBalanceForRentExemption" => self.rent(params),
            "getBalance" => self.balance(params),
            "getAccountInfo" => self.account_info(params),
            "getMultipleAccounts" => self.multiple_accounts(params),
            "getTokenAccountsByOwner" => self.token_accounts(params),
            "getTokenAccountBalance" => self.token_balance(params),
            "getTokenSupply" => self.token_supply(params),
            "simulateTransaction" => self.simulate_transaction(params),
            "sendTransaction" => self.send_transaction(params),
            "getSignatureStatuses" => self.statuses(params),
            "getSignaturesForAddress" => self.signatures(params),
            "getTransaction" => self.transaction(params),
            "requestAirdrop" => self.request_airdrop(params),
            // What no real node has.
            "leashFund" => self.request_tokens(params),
            "leashSkipBlocks" => self.request_skip(params),
            _ => Err(Fault::unknown_method()),
        }
    }

    /// A value with the slot at which it held.
    fn at_slot(&mut self, value: &Value) -> Value {
        json!({ "context": { "apiVersion": VERSION, "slot": self.slot() }, "value": value })
    }
}

/// Answers one call, or a list of them, by the methods that there are.
fn answer(body: &[u8], mut method: impl FnMut(&str, &[Value]) -> Result<Value, Fault>) -> Value {
    match serde_json::from_slice(body) {
        Ok(Value::Array(calls)) if !calls.is_empty() => {
            Value::Array(calls.iter().map(|call| answer_call(call, &mut method)).collect())
        }
        Ok(call @ Value::Object(_)) => answer_call(&call, &mut method),
        Ok(_) => failure(&Fault::invalid_request(), &Value::Null),
        Err(_) => {
            failure(&Fault { code: -32700, message: "Parse error".to_owned(), data: None }, &Value::Null)
        }
    }
}

fn answer_call(call: &Value, method: &mut impl FnMut(&str, &[Value]) -> Result<Value, Fault>) -> Value {
    let id = call.get("id").cloned().unwrap_or(Value::Null);
    let (Some("2.0"), Some(name)) =
        (call.get("jsonrpc").and_then(Value::as_str), call.get("method").and_then(Value::as_str))
    else {
        return failure(&Fault::invalid_request(), &id);
    };
    let params = match call.get("params") {
        None | Some(&Value::Null) => &[][..],
        Some(Value::Array(params)) => params,
        Some(_) => return failure(&Fault::invalid("Invalid params: expected an array"), &id),
    };
    match method(name, params) {
        Ok(result) => json!({ "jsonrpc": "2.0", "result": result, "id": id }),
        Err(fault) => failure(&fault, &id),
    }
}

fn failure(fault: &Fault, id: &Value) -> Value {
    let mut error = json!({ "code": fault.code, "message": fault.message });
    if let Some(data) = &fault.data {
        error["data"] = data.clone();
    }
    json!({ "jsonrpc": "2.0", "error": error, "id": id })
}
