//! What this server has and the original lacks: idempotency keys that strict mode honours, bounded bodies, a little RPC.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Home, MINT, MINT_2, Request, Response, Server, iso};
use serde_json::{Value, json};

fn link(label: &str) -> String {
    json!({ "label": label, "owner_agent": MINT, "price": "1 USDC", "response": { "body": "x" } }).to_string()
}

fn post(server: &Server, path: &str, body: &str, key: &str, idempotency_key: &str) -> Response {
    server.send(&Request::new("POST", path).json(body).bearer(key).header("idempotency-key", idempotency_key))
}

#[test]
fn an_idempotency_key_stands_for_one_request() {
    const LINKS: &str = "/v1/payment-links";
    let home = Home::new();
    let server = home.serve(&["--strict"]);
    let key = server.create_key("links");
    let first = post(&server, LINKS, &link("a"), &key, "k");
    assert_eq!(first.status, 200);
    let again = post(&server, LINKS, &link("a"), &key, "k");
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert!(again.header("x-ratelimit-limit").is_some());
    // Another body under the same key, even one that is wrong.
    for body in [link("b"), "{}".to_owned(), "{".to_owned()] {
        let other = post(&server, LINKS, &body, &key, "k");
        assert_eq!(
            (other.status, other.json()["error"].as_str()),
            (409, Some("idempotency_conflict")),
            "{body}"
        );
    }
    // The key means nothing elsewhere: on another path, with another API key, or not at all.
    let preview = post(&server, "/v1/payment-links/preview", &link("a"), &key, "k");
    assert!(preview.json()["id"].is_null(), "{}", preview.body);
    assert_eq!(post(&server, "/v1/payment-links/preview", &link("a"), &key, "k").body, preview.body);
    let other_key = server.create_key("other");
    assert_ne!(post(&server, LINKS, &link("a"), &other_key, "k").json()["id"], first.json()["id"]);
    assert_ne!(server.send(&Request::new("POST", LINKS).json(&link("a")).bearer(&key)).body, first.body);
    // A refused request did nothing, so it may be mended.
    assert_eq!(post(&server, LINKS, "{}", &key, "k2").status, 400);
    assert_eq!(post(&server, LINKS, &link("c"), &key, "k2").status, 200);
}

#[test]
fn the_same_request_at_once_happens_once() {
    let home = Home::new();
    let server = home.serve(&["--strict"]);
    let key = server.create_key("links");
    let ids: Vec<Value> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| post(&server, "/v1/payment-links", &link("a"), &key, "k").json()["id"].clone())
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(ids[0].is_string());
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn without_strict_mode_an_idempotency_key_is_not_read_and_an_id_stands_for_one_link() {
    const LINKS: &str = "/v1/payment-links";
    let home = Home::new();
    let server = home.serve(&[]);
    let (key, other) = (server.create_key("links"), server.create_key("other"));
    let first = post(&server, LINKS, &link("a"), &key, "k").json();
    let second = post(&server, LINKS, &link("a"), &key, "k").json();
    assert!(first["id"].is_string() && second["id"].is_string() && first["id"] != second["id"]);

    let mut named: Value = serde_json::from_str(&link("a")).unwrap();
    named["id"] = json!("00v5m8t7p3c2n9q4x6z1y0w8ka");
    let named = named.to_string();
    assert_eq!(post(&server, LINKS, &named, &key, "k").status, 200);
    for key in [&key, &other] {
        let again = post(&server, LINKS, &named, key, "k");
        assert_eq!((again.status, again.json()["error"].as_str()), (409, Some("idempotency_conflict")));
    }
    let get = |key: &str| {
        server.send(&Request::new("GET", &format!("{LINKS}/00v5m8t7p3c2n9q4x6z1y0w8ka")).bearer(key))
    };
    assert_eq!((get(&key).status, get(&other).status), (200, 404));
}

#[test]
fn pages_hold_every_link_once() {
    let home = Home::new();
    let server = home.serve(&["--rate-limit", "1000"]);
    let key = server.create_key("links");
    for number in 0..7 {
        let response = server
            .send(&Request::new("POST", "/v1/payment-links").json(&link(&number.to_string())).bearer(&key));
        assert_eq!(response.status, 200);
    }
    let mut labels = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/payment-links?limit=2{cursor}");
        let page = server.send(&Request::new("GET", &path).bearer(&key)).json();
        labels.extend(
            page["items"].as_array().unwrap().iter().map(|link| link["label"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(labels, ["6", "5", "4", "3", "2", "1", "0"]);
}

#[test]
fn a_body_has_a_limit() {
    let home = Home::new();
    let server = home.serve(&[]);
    let path = format!("/v1/agents/{MINT}/api-keys");
    let body = |size: usize| format!("{{\"label\":\"{}\"}}", "x".repeat(size - 12));
    let largest = body(16 * 1024 * 1024);
    assert_eq!(server.signed("POST", &path, &largest).status, 400);
    let response = server.signed("POST", &path, &format!("{largest} "));
    assert_eq!(response.status, 413, "{}", response.body);
    assert_eq!(response.json()["error"], "invalid_request");
    assert_eq!(server.send(&Request::new("GET", "/v1/health")).status, 200);
}

#[test]
fn deep_json_is_refused_and_the_server_lives() {
    let home = Home::new();
    let server = home.serve(&[]);
    let path = format!("/v1/agents/{MINT}/api-keys");
    let nested =
        |depth: usize| format!("{{\"label\":\"a\",\"x\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(server.signed("POST", &path, &nested(1900)).status, 200);
    let response = server.signed("POST", &path, &nested(1_000_000));
    assert_eq!(
        (response.status, response.json()["detail"].as_str()),
        (500, Some("Maximum call stack size exceeded"))
    );
    assert_eq!(server.send(&Request::new("GET", "/v1/health")).status, 200);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let home = Home::new();
    let server = home.serve(&[]);
    let request = Request::new("POST", &format!("/v1/agents/{MINT}/api-keys"))
        .header("content-type", "application/json")
        .body(b"\xef\xbb\xbf{\"label\":\"\xff\xfe\"}".to_vec());
    let response = server.send(&request.sign(&server.first, MINT, &iso(0)));
    assert_eq!(response.json()["key"]["label"], "\u{fffd}\u{fffd}", "{}", response.body);
}

#[test]
fn keys_of_the_main_network_say_so() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let key = leash_signer::Executive::generate().unwrap();
    let executive = key.public().to_string();
    let add = ["agent", "add", "--mint", MINT_2, "--executive", &executive, "--network", "mainnet"];
    assert!(home.run(&add).status.success());
    let create = Request::new("POST", &format!("/v1/agents/{MINT_2}/api-keys")).json(r#"{"label":"x"}"#);
    let created = server.send(&create.sign(&key, MINT_2, &iso(0))).json();
    let plaintext = created["plaintext"].as_str().unwrap();
    assert!(plaintext.starts_with("lsh_live_"), "{plaintext}");
    let forged = plaintext.replace("lsh_live_", "lsh_test_");
    let read =
        |key: &str| server.send(&Request::new("GET", &format!("/v1/receipts/{MINT_2}")).bearer(key)).status;
    assert_eq!((read(plaintext), read(&forged)), (200, 401));
}

#[test]
fn json_rpc_is_answered() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let ask = |body: &str| server.send(&Request::new("POST", "/rpc").json(body)).body;
    let call = |method: &str| ask(&json!({ "jsonrpc": "2.0", "id": 7, "method": method }).to_string());
    assert_eq!(call("getHealth"), r#"{"jsonrpc":"2.0","result":"ok","id":7}"#);
    assert!(call("getGenesisHash").contains("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"));
    assert!(call("getVersion").contains("solana-core"));
    assert!(serde_json::from_str::<Value>(&call("getSlot")).unwrap()["result"].is_u64());
    let unknown = r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":7}"#;
    assert_eq!(call("getNothing"), unknown);
    assert_eq!(ask(r#"[{"jsonrpc":"2.0","id":7,"method":"nope"}]"#), format!("[{unknown}]"));
    assert!(ask("{").contains("-32700"));
    assert!(ask("[]").contains("-32600"));
    assert_eq!(server.send(&Request::new("GET", "/rpc")).status, 405);
}

#[test]
fn the_limit_is_per_key() {
    let home = Home::new();
    let server = home.serve(&["--rate-limit", "3"]);
    let (one, other) = (server.create_key("one"), server.create_key("other"));
    let read = |key: &str| server.send(&Request::new("GET", &format!("/v1/receipts/{MINT}")).bearer(key));
    // Two minutes may be touched, so that seven requests are enough for one of them.
    let refused = (0..7).map(|_| read(&one)).find(|response| response.status == 429).unwrap();
    assert_eq!(refused.body, r#"{"error":"rate_limited","message":"per-key rate limit exceeded"}"#);
    assert_eq!(refused.header("x-ratelimit-limit"), Some("3"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    let reset: u32 = refused.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!((1..=60).contains(&reset));
    assert_eq!(read(&other).status, 200);
}

#[test]
fn a_head_is_a_get_without_its_body() {
    let home = Home::new();
    let server = home.serve(&[]);
    let key = server.create_key("reader");
    let path = format!("/v1/receipts/{MINT}");
    let ask = |method: &str| server.send(&Request::new(method, &path).bearer(&key));
    let (get, head) = (ask("GET"), ask("HEAD"));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(head.header("content-type"), get.header("content-type"));
}
