//! `/rpc`: Solana's JSON-RPC, answered by the ledger.

use super::{Answer, Request, Sandbox, answer::Reply};

/// Answers one call, or a list of them.
pub(super) fn answer(sandbox: &Sandbox, request: &Request) -> Reply {
    if request.method() != "POST" {
        let body = "Used HTTP Method is not allowed. POST or OPTIONS is required\n";
        return Ok(Answer::stored(405, body).typed("text/plain"));
    }
    let body = sandbox.with_ledger(|ledger| ledger.rpc(request.body()))?;
    Ok(Answer::stored(200, body.to_string()))
}
