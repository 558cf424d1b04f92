//! What is sent and what is made of the answers, against recorded exchanges.

use leash_api::{ListKeys, NewPaymentLink};
use serde_json::Value;

use crate::server::{Server, answer};
use crate::{KEY, MINT, client, lines, run};

const RECORDED: &str = include_str!("recorded.jsonl");

fn recorded(prefix: &str) -> Vec<Value> {
    let found: Vec<_> = lines(RECORDED)
        .into_iter()
        .filter(|line| line["case"].as_str().is_some_and(|case| case.starts_with(prefix)))
        .collect();
    assert!(!found.is_empty(), "{prefix}");
    found
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect(key)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

#[test]
fn keys_are_created_as_recorded() {
    for line in recorded("C.apikey.create") {
        let server = Server::answers(&[answer(200, text(&line, "response"))]);
        let label = parsed(text(&line, "request"))["label"].as_str().expect("a label").to_owned();
        let created = run(client(&server.url()).create_api_key(&label)).expect("a key");
        let seen = &server.seen()[0];
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", text(&line, "path")));
        assert_eq!(seen.body, text(&line, "request"));
        assert_eq!(seen.header("accept"), Some("application/json"));
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(seen.header("x-leash-agent"), Some(MINT));
        assert_eq!(seen.header("authorization"), None);
        assert_eq!(seen.header("user-agent"), Some("leash-api/0.1.0"));
        let response = parsed(text(&line, "response"));
        assert_eq!(serde_json::to_value(&created.key).expect("JSON"), response["key"]);
        assert_eq!(created.plaintext.expose(), text(&response, "plaintext"));
        assert!(!format!("{created:?}").contains(text(&response, "plaintext")));
    }
}

#[test]
fn keys_are_listed_as_recorded() {
    for (case, query) in [
        ("C.apikey.list.limit1", ListKeys { limit: Some(1), ..ListKeys::default() }),
        ("C.apikey.list.include-disabled", ListKeys { include_disabled: Some(true), limit: None }),
        ("C.apikey.list", ListKeys::default()),
    ] {
        let line = recorded(case).into_iter().find(|line| line["case"] == case).expect(case);
        let server = Server::answers(&[answer(200, text(&line, "response"))]);
        let page = run(client(&server.url()).list_api_keys(&query)).expect("keys");
        let seen = &server.seen()[0];
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("GET", text(&line, "path")));
        assert_eq!(seen.header("content-type"), None);
        assert_eq!(seen.header("content-length"), None);
        let items = serde_json::to_string(&page.items).expect("JSON");
        assert_eq!(format!("{{\"items\":{items}}}"), text(&line, "response"));
    }
}

#[test]
fn a_query_has_its_order() {
    let server = Server::answers(&[answer(200, r#"{"items":[]}"#)]);
    let query = ListKeys { include_disabled: Some(false), limit: Some(200) };
    assert!(run(client(&server.url()).list_api_keys(&query)).expect("keys").items.is_empty());
    assert!(server.seen()[0].path.ends_with("/api-keys?include_disabled=false&limit=200"));
}

#[test]
fn keys_are_disabled_as_recorded() {
    let line = recorded("C.apikey.revoke").remove(0);
    let server = Server::answers(&[answer(200, text(&line, "response"))]);
    let id = text(&line, "path").split('/').rev().nth(1).expect("an id");
    let key = run(client(&server.url()).disable_api_key(id)).expect("a key");
    assert!(!key.is_active() && key.id == id);
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", text(&line, "path")));
    assert_eq!(seen.header("content-length"), Some("0"));
    assert_eq!(seen.header("content-type"), None);

    run(client(&server.url()).disable_api_key("a/b ?x")).expect("a key");
    assert_eq!(server.seen()[1].path, format!("/v1/agents/{MINT}/api-keys/a%2Fb%20%3Fx/disable"));
    for id in ["", ".", ".."] {
        let error = run(client(&server.url()).disable_api_key(id)).expect_err(id);
        assert_eq!((error.code(), error.maybe_sent()), ("invalid_argument", false));
    }
    assert_eq!(server.connections(), 2);
}

#[test]
fn links_are_made_as_recorded() {
    for line in recorded("D.sell") {
        let server = Server::answers(&[answer(200, text(&line, "response"))]);
        let wanted: NewPaymentLink = serde_json::from_str(text(&line, "request")).expect("a link");
        let link = run(client(&server.url()).create_payment_link(&wanted)).expect("a link");
        let seen = &server.seen()[0];
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/payment-links"));
        // The id is the client's own; all else is what was recorded.
        let mut sent: NewPaymentLink = serde_json::from_str(&seen.body).expect("a link");
        assert_eq!(sent.id.take().map(|id| id.len()), Some(26), "{}", line["case"]);
        assert_eq!(serde_json::to_string(&sent).expect("JSON"), text(&line, "request"), "{}", line["case"]);
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(seen.header("x-leash-sig"), None);
        assert_eq!(serde_json::to_value(&link).expect("JSON"), parsed(text(&line, "response")));
    }
}

#[test]
fn a_plain_link_is_the_recorded_one() {
    let line = recorded("D.sell.basic").remove(0);
    let link = NewPaymentLink::new("L", MINT, "0.01", "USDC");
    assert_eq!(serde_json::to_string(&link).expect("JSON"), text(&line, "request"));
}

#[test]
fn a_key_is_tried_out_by_a_read() {
    let server = Server::answers(&[answer(200, r#"{"items":[],"next_cursor":null}"#)]);
    let other = leash_api::Secret::new("lsh_test_zzzzzzzzzzzzzzzzzz".to_owned());
    run(client(&server.url()).check_api_key(&other)).expect("a key that works");
    let seen = &server.seen()[0];
    assert_eq!(seen.path, format!("/v1/receipts/{MINT}?limit=1"));
    assert_eq!(seen.header("authorization"), Some("Bearer lsh_test_zzzzzzzzzzzzzzzzzz"));
}

#[test]
fn health_and_version_need_no_credential() {
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let server = Server::answers(&[
        crate::server::answer_with(200, date, r#"{"ok":true,"ts":"x"}"#),
        answer(200, r#"{"version":"0.1.0"}"#),
    ]);
    let client = client(&server.url());
    let health = run(client.health()).expect("health");
    assert!(health.ok && health.raw["ts"] == "x");
    assert_eq!(health.server_time.map(|t| t.to_string()).as_deref(), Some("1994-11-06T08:49:37Z"));
    assert!(!health.round_trip.is_zero());
    assert_eq!(run(client.version()).expect("a version")["version"], "0.1.0");
    for seen in server.seen() {
        assert!(seen.header("authorization").is_none() && seen.header("x-leash-sig").is_none());
    }
}
