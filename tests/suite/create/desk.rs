//! What the tests of creations share: somebody between leash and the sandbox, and a look at what came of it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use leash_tests::{Api, Outcome, Reply, Request, Run, Sandbox};
use serde_json::{Value, json};

/// Passes a request on to the sandbox.
pub(super) fn forward(url: &str, request: &Request) -> Vec<u8> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        request.method,
        request.path,
        request.body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// The same, for an answer that is JSON.
pub(super) fn forward_json(url: &str, request: &Request) -> Value {
    let answer = forward(url, request);
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    serde_json::from_slice(&answer[body..]).unwrap()
}

/// An endpoint of the chain that answers with `lie` where that has a result for the question, and else the truth.
pub(super) fn lying(
    sandbox: &Sandbox,
    lie: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
) -> Api {
    let url = sandbox.url.clone();
    let mut api = Api::start(move |request, _| {
        let question: Value = serde_json::from_slice(&request.body).unwrap();
        let Some(mut result) = lie(question["method"].as_str().unwrap(), &question["params"]) else {
            return Reply::Raw(forward(&url, request));
        };
        if result["context"]["slot"] == 0 {
            result["context"]["slot"] = ask(&url, "getSlot", &json!([]));
        }
        Reply::Json(200, json!({"jsonrpc": "2.0", "id": question["id"], "result": result}))
    });
    api.url.push_str("/rpc");
    api
}

/// A result that is said to be true now.
pub(super) fn now(value: &Value) -> Value {
    json!({"context": {"slot": 0}, "value": value})
}

/// `leash agent create NAME`, on the sandbox in spite of whatever an earlier run noted.
pub(super) fn create(sandbox: &Sandbox, name: &str, words: &[&str]) -> Run {
    let words: Vec<&str> = ["agent", "create", name, "--json"].iter().chain(words).copied().collect();
    let run = sandbox.home.leash(words).env("LEASH_API_URL", &sandbox.url);
    run.env("LEASH_RPC_URL", format!("{}/rpc", sandbox.url))
}

/// Asks the chain of the sandbox at `url`.
pub(super) fn ask(url: &str, method: &str, params: &Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let request =
        Request { method: "POST".into(), path: "/rpc".into(), headers: Vec::new(), body: body.into_bytes() };
    forward_json(url, &request)["result"].clone()
}

/// The pending registration in an agent's file.
pub(super) fn pending(sandbox: &Sandbox, name: &str) -> Value {
    sandbox.home.read_json(&format!(".config/leash/agents/{name}.json"))["pending_register"].clone()
}

/// How many agents a key owns on the chain: mints, whoever knows of them.
pub(super) fn minted(sandbox: &Sandbox, key: &str) -> usize {
    let listed = ask(&sandbox.url, "getSignaturesForAddress", &json!([key]));
    let landed = listed.as_array().unwrap().iter().filter(|item| item["err"].is_null());
    let mints = |item: &&Value| {
        let id = &item["signature"];
        let options = json!({"encoding": "base64", "maxSupportedTransactionVersion": 0});
        let found = ask(&sandbox.url, "getTransaction", &json!([id, options]));
        let text = found["transaction"][0].as_str().unwrap();
        let transaction = leash_chain::Transaction::from_base64(text).unwrap();
        transaction.message().describe().iter().any(|step| step.does == "create_asset")
    };
    landed.filter(mints).count()
}

/// That the agent is there, with this key, and was minted once.
pub(super) fn assert_made(sandbox: &Sandbox, name: &str, key: &str, what: &str) {
    let shown = sandbox.home.leash(["--agent", name, "agent", "show", "--json"]).ok().json();
    assert_eq!(shown["executive_pubkey"], json!(key), "{what}");
    assert_eq!(minted(sandbox, key), 1, "{what}");
}

/// That a run ended without a transaction of its under way.
pub(super) fn assert_unsigned(sandbox: &Sandbox, name: &str, outcome: &Outcome) {
    let pending = pending(sandbox, name);
    assert!(pending["leash"]["under_way"].is_null(), "{outcome:?}\n{pending}");
    assert!(pending["leash"]["asset"].is_null(), "{outcome:?}\n{pending}");
}
