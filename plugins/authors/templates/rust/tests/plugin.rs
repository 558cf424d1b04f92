//! The plugin, run as leash runs it. How it gets on when things go wrong, `leash plugin test plugin` looks at.

use std::process::Output;

use leash_sdk::mock::{Api, Honest, Launch, Mock, context};
use serde_json::json;

fn run(scopes: &[&str]) -> Output {
    let api = Api::start(|_| (200, json!({"items": []}).to_string())).expect("a server");
    let mut at_api = context();
    at_api["api"]["base_url"] = json!(api.url);
    let mut honest = Honest::granting(scopes);
    let (_mock, socket) = Mock::start(move |request| honest.answer(request)).expect("a signer");
    let launch = Launch::new(env!("CARGO_BIN_EXE_leash-@NAME@")).context(at_api).signer(socket);
    launch.output(|_| {}).expect("it runs")
}

#[test]
fn keys_are_counted() {
    let granted = run(&["GET /v1/agents/{mint}/api-keys"]);
    assert_eq!(String::from_utf8_lossy(&granted.stdout), "0 API keys\n", "{granted:?}");
}

#[test]
fn a_refusal_is_told() {
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(125), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is not granted"), "{refused:?}");
}
