//! Whatever a client was told has happened is still there after the server was killed.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use common::{Home, MINT, Request, Server, iso};
use serde_json::{Value, json};

#[test]
fn every_acknowledged_key_survives_a_kill() {
    let home = Home::new();
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..3 {
        let server = Mutex::new(home.serve(&["--rate-limit", "100000"]));
        let (port, first) = {
            let server = server.lock().unwrap();
            (server.port, common::executive())
        };
        let count = AtomicUsize::new(0);
        let killed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for client in 0..4 {
                let (first, acknowledged, count, killed) = (&first, &acknowledged, &count, &killed);
                scope.spawn(move || {
                    for number in 0.. {
                        let body = json!({ "label": format!("{round}.{client}.{number}") }).to_string();
                        let request =
                            Request::new("POST", &format!("/v1/agents/{MINT}/api-keys")).json(&body);
                        // An answer that came only in part acknowledges nothing.
                        let Ok(response) = request.sign(first, MINT, &iso(0)).try_send(port) else { break };
                        let Ok(document) = serde_json::from_str::<Value>(&response.body) else { break };
                        assert_eq!(response.status, 200, "{}", response.body);
                        acknowledged.lock().unwrap().push(document["plaintext"].as_str().unwrap().to_owned());
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    assert!(
                        killed.load(Ordering::Relaxed),
                        "a client was turned away from a server that lives"
                    );
                });
            }
            while count.load(Ordering::Relaxed) < 100 {
                std::thread::yield_now();
            }
            killed.store(true, Ordering::Relaxed);
            server.lock().unwrap().kill();
        });
    }
    let server = home.serve(&["--rate-limit", "100000"]);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= 300);
    for key in &acknowledged {
        let response = server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(key));
        assert_eq!(response.status, 200, "{}", response.body);
    }
    // Later ones sort first, however many there were in a moment.
    let listed = server.signed("GET", &format!("/v1/agents/{MINT}/api-keys?limit=200"), "").json();
    let ids: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 200);
    assert!(ids.is_sorted_by(|a, b| a > b));
}

#[test]
fn a_disabled_key_stays_disabled() {
    let home = Home::new();
    let mut server = home.serve(&[]);
    let key = server.create_key("short-lived");
    let list = format!("/v1/agents/{MINT}/api-keys");
    let id = server.signed("GET", &list, "").json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(server.signed("POST", &format!("{list}/{id}/disable"), "").status, 200);
    server.kill();
    let server = home.serve(&[]);
    let response = server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(&key));
    assert_eq!((response.status, response.message().as_str()), (401, "api key disabled"));
}

#[test]
fn a_key_is_nowhere_in_the_data() {
    let home = Home::new();
    let mut server = home.serve(&[]);
    let key = server.create_key("secret");
    assert_eq!(server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(&key)).status, 200);
    server.kill();
    for entry in std::fs::read_dir(home.data()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()));
    }
}

#[test]
fn an_answer_is_given_again_after_a_kill() {
    let home = Home::new();
    let mut server = home.serve(&["--strict"]);
    let key = server.create_key("links");
    let body = json!({ "label": "L", "owner_agent": MINT, "price": "1 USDC", "response": { "body": "x" } })
        .to_string();
    let create = |server: &Server| {
        let request = Request::new("POST", "/v1/payment-links").json(&body).bearer(&key);
        server.send(&request.header("idempotency-key", "k1"))
    };
    let first = create(&server);
    assert_eq!(first.status, 200);
    server.kill();
    let server = home.serve(&["--strict"]);
    assert_eq!(create(&server).json()["id"], first.json()["id"]);
    let links = server.send(&Request::new("GET", "/v1/payment-links").bearer(&key)).json();
    assert_eq!(links["items"].as_array().unwrap().len(), 1);
}
