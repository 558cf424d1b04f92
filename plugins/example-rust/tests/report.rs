//! The plugin, run as the host runs it, on an API that answers to order.
#![allow(missing_docs, clippy::unwrap_used)]

use std::process::Output;

use leash_sdk::mock::{Api, Honest, Launch, Mock, context};
use serde_json::{Value, json};

const SCOPE: &str = "GET /v1/agents/{mint}/api-keys";

fn key(created_at: &str, disabled: bool) -> Value {
    json!({"id": "01", "label": "l", "network": "solana-devnet", "prefix": "lsh_test_", "last4": "abcd",
        "owner_wallet": "o", "agent_mint": "m", "scopes": ["agent"], "created_at": created_at,
        "disabled_at": disabled.then_some("2026-06-01T00:00:00.000Z")})
}

fn run(api: &Api, scopes: &[&str], json: bool, arguments: &[&str]) -> Output {
    let mut context = context();
    context["api"]["base_url"] = json!(api.url);
    context["global"]["json"] = json!(json);
    let mut honest = Honest::granting(scopes);
    let (_mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    let launch = Launch::new(env!("CARGO_BIN_EXE_example-keys-report")).context(context).signer(socket);
    arguments.iter().fold(launch, |launch, word| launch.arg(*word)).output(|_| {}).unwrap()
}

fn keys() -> Api {
    Api::start(|_| {
        let items =
            [("2020-01-01T00:00:00.000Z", false), ("2020-02-01T00:00:00.000Z", true), ("later", false)];
        let new = "2999-01-01T00:00:00.000Z";
        let mut items: Vec<_> = items.iter().map(|(created, disabled)| key(created, *disabled)).collect();
        items.push(key(new, false));
        (200, json!({"items": items}).to_string())
    })
    .unwrap()
}

#[test]
fn keys_are_counted_by_age_and_state() {
    let api = keys();
    let text = run(&api, &[SCOPE], false, &[]);
    assert_eq!(
        String::from_utf8(text.stdout).unwrap(),
        "age                 active  disabled\n\
         under a week             1         0\n\
         under 30 days            0         0\n\
         under 90 days            0         0\n\
         90 days and over         2         1\n"
    );
    let document: Value = serde_json::from_slice(&run(&api, &[SCOPE], true, &[]).stdout).unwrap();
    assert_eq!(document["ages"][3], json!({"age": "90 days and over", "active": 2, "disabled": 1}));
    let request = &api.seen()[0];
    assert!(request.starts_with("GET /v1/agents/B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj/api-keys?"));
    assert!(request.contains("\r\nx-leash-sig: 111"), "{request}");
}

#[test]
fn a_refusal_is_told_and_nothing_is_sent() {
    let api = keys();
    let refused = run(&api, &[], true, &[]);
    assert_eq!(refused.status.code(), Some(125));
    let document: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(document["code"], "signer_denied_scope");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("\nhint: leash plugin trust"));
    assert_eq!(run(&api, &[SCOPE], false, &["x"]).status.code(), Some(2));
    assert_eq!(api.seen().len(), 0);
}
