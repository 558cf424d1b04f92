//! `/rpc`: Solana's JSON-RPC, answered by the ledger. Its websocket is in `subscribe`.

use super::{Answer, Request, Sandbox, answer::Reply};

/// Answers one call, or a list of them, to a page of any origin too.
pub(super) fn answer(sandbox: &Sandbox, request: &Request) -> Reply {
    let answer = match request.method() {
        "POST" => {
            let body = sandbox.with_ledger(|ledger| ledger.rpc(request.body()))?;
            Answer::stored(200, body.to_string())
        }
        "OPTIONS" => preflight(request),
        _ => {
            let body = "Used HTTP Method is not allowed. POST or OPTIONS is required\n";
            Answer::stored(405, body).typed("text/plain")
        }
    };
    Ok(answer.with("access-control-allow-origin", "*"))
}

/// Libraries add headers of their own, so all that a page asks for are allowed.
fn preflight(request: &Request) -> Answer {
    let asked = request.header("access-control-request-headers");
    Answer::stored(200, Vec::new())
        .typed("text/plain")
        .with("access-control-allow-methods", "OPTIONS, POST")
        .with("access-control-allow-headers", asked.map(|asked| asked.to_lossy()).unwrap_or_default())
        .with("access-control-max-age", "86400")
}
