//! What strict mode refuses, and that the other mode accepts it, as the original does.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{EXECUTIVE, Home, MINT, MINT_2, Request, Server, iso};
use serde_json::json;

fn keys() -> String {
    format!("/v1/agents/{MINT}/api-keys")
}

#[test]
fn a_request_is_taken_once() {
    let home = Home::new();
    let mut server = home.serve(&["--strict"]);
    let request =
        Request::new("POST", &keys()).json(r#"{"label":"once"}"#).sign(&server.first, MINT, &iso(0));
    assert_eq!(server.send(&request).status, 200);
    let replayed = |server: &Server| {
        let response = server.send(&request);
        assert_eq!((response.status, response.message().as_str()), (401, "replayed request"));
    };
    replayed(&server);
    // It is remembered when the server starts again.
    server.kill();
    let server = home.serve(&["--strict"]);
    replayed(&server);
    // Another moment makes another request of it.
    assert_eq!(server.signed("POST", &keys(), r#"{"label":"once"}"#).status, 200);

    let home = Home::new();
    let server = home.serve(&[]);
    let request =
        Request::new("POST", &keys()).json(r#"{"label":"twice"}"#).sign(&server.first, MINT, &iso(0));
    assert_eq!([server.send(&request).status, server.send(&request).status], [200, 200]);
}

#[test]
fn a_refused_signature_is_not_remembered() {
    let home = Home::new();
    let server = home.serve(&["--strict"]);
    let timestamp = iso(0);
    let good = Request::new("GET", &keys()).sign(&server.first, MINT, &timestamp);
    let mut bad = good.clone();
    bad.path.push_str("?limit=1");
    assert_eq!(server.send(&bad).message(), "signature does not verify");
    assert_eq!(server.send(&good).status, 200);
}

#[test]
fn labels_hold_no_control_characters() {
    let refusal = r#"{"success":false,"error":{"issues":[{"code":"custom","message":"Label must not contain control characters","path":["label"]}],"name":"ZodError"}}"#;
    let link = |label: &str| {
        json!({ "label": label, "owner_agent": MINT, "price": "1", "response": { "body": "x" } }).to_string()
    };
    for (args, status) in [(&["--strict"][..], 400), (&[][..], 200)] {
        let home = Home::new();
        let server = home.serve(args);
        let key = server.create_key("plain ключ ☃");
        let link_of =
            |label| server.send(&Request::new("POST", "/v1/payment-links").json(&link(label)).bearer(&key));
        let id = link_of("fine").json()["id"].as_str().unwrap().to_owned();
        for label in ["a\nb", "\u{1b}[31m", "a\0", "\u{7f}", "\u{9b}1m"] {
            let body = json!({ "label": label }).to_string();
            let patch = Request::new("PATCH", &format!("/v1/payment-links/{id}")).json(&body).bearer(&key);
            for response in [server.signed("POST", &keys(), &body), link_of(label), server.send(&patch)] {
                assert_eq!(response.status, status, "{label:?}: {}", response.body);
                assert_eq!(response.body == refusal, status == 400, "{}", response.body);
            }
        }
    }
}

#[test]
fn the_keys_of_a_disabled_agent_are_refused() {
    for (args, status) in [(&["--strict"][..], 401), (&[][..], 200)] {
        let home = Home::new();
        let server = home.serve(args);
        let key = server.create_key("outlives its agent");
        let read = || server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(&key));
        assert_eq!(read().status, 200);
        assert!(home.run(&["agent", "disable", MINT]).status.success());
        assert_eq!(read().status, status);
        if status == 401 {
            assert_eq!(read().message(), "agent is disabled");
        }
        // What the agent signs itself is refused in either mode.
        assert_eq!(server.signed("GET", &keys(), "").message(), "agent is disabled");
        assert!(home.run(&["agent", "enable", MINT]).status.success());
        assert_eq!(read().status, 200);
    }
}

#[test]
fn receipts_are_published_with_the_agents_own_key() {
    let receipt = |agent: &str| {
        json!({
            "v": "0.1", "agent": agent, "nonce": 0, "ts": "t", "policy_v": "0.1",
            "request": { "method": "GET", "url": "u", "body_hash": null },
            "decision": "allow", "reason": null, "price": null, "facilitator": null, "tx_sig": null, "response": null,
            "prev_receipt_hash": null, "receipt_hash": "f".repeat(64),
        })
        .to_string()
    };
    for (args, status) in [(&["--strict"][..], 401), (&[][..], 200)] {
        let home = Home::new();
        let server = home.serve(args);
        let key = server.create_key("mine");
        let publish = |agent: &str| {
            let request =
                Request::new("POST", &format!("/v1/receipts/{agent}")).json(&receipt(agent)).bearer(&key);
            server.send(&request).status
        };
        assert_eq!(publish(MINT_2), status);
        assert_eq!(publish(MINT), 200);
    }
    assert_ne!(EXECUTIVE, MINT);
}
