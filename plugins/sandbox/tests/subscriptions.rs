//! Subscriptions by websocket: a client of another make against the server's process.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{
    net::{TcpListener, TcpStream},
    time::Duration,
};

use common::{Home, Request, Server};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Order, Signature, Transaction, Version, compile, ix};
use serde_json::{Value, json};
use tungstenite::{Error, Message, WebSocket};

/// How long a notification may take that must come.
const PATIENCE: Duration = Duration::from_secs(20);

fn rpc(port: u16, method: &str, params: &Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    Request::new("POST", "/rpc").json(&body).send(port).json()["result"].clone()
}

/// A client's end of a websocket.
struct Client(WebSocket<TcpStream>);

impl Client {
    fn open(port: u16, path: &str) -> Self {
        Self::try_open(port, path).unwrap()
    }

    fn try_open(port: u16, path: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let opened = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream);
        opened.map(|(socket, _)| Self(socket)).map_err(|error| error.to_string())
    }

    fn send(&mut self, method: &str, params: &Value) {
        let call = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        self.0.send(Message::text(call.to_string())).unwrap();
    }

    fn receive(&mut self) -> Value {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.send(method, params);
        let answer = self.receive();
        assert_eq!(answer["id"], 7, "{answer}");
        answer
    }

    fn subscribe(&mut self, params: &Value) -> u64 {
        let answer = self.call("signatureSubscribe", params);
        answer["result"].as_u64().unwrap_or_else(|| panic!("{answer}"))
    }
}

/// A signed transfer, and its signature.
struct Transfer {
    id: String,
    wire: String,
}

impl Transfer {
    /// From a new account that holds 1 SOL.
    fn new(port: u16, lamports: u64) -> Self {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        let key = SigningKey::from_bytes(&seed);
        let from = Address::new(key.verifying_key().to_bytes());
        rpc(port, "requestAirdrop", &json!([from.to_string(), 1_000_000_000]));
        let latest = rpc(port, "getLatestBlockhash", &json!([]))["value"]["blockhash"].clone();
        let steps = [ix::transfer(&from, &Address::new([9; 32]), lamports)];
        let blockhash = latest.as_str().unwrap().parse().unwrap();
        let message = compile(Version::V0, Order::FirstSeen, &from, &steps, blockhash).unwrap();
        let signature = Signature::new(key.sign(&message.to_bytes().unwrap()).to_bytes());
        let mut transaction = Transaction::unsigned(message).unwrap();
        transaction.put(&from, signature);
        Self { id: signature.to_string(), wire: transaction.to_base64().unwrap() }
    }

    fn send(&self, port: u16) {
        let options = json!({ "encoding": "base64", "skipPreflight": true });
        assert_eq!(rpc(port, "sendTransaction", &json!([self.wire, options])), self.id.as_str());
    }
}

fn notification(subscription: u64, slot: &Value, value: &Value) -> Value {
    json!({
        "jsonrpc": "2.0",
        "method": "signatureNotification",
        "params": { "result": { "context": { "slot": slot }, "value": value }, "subscription": subscription },
    })
}

/// What was received, and the slot in it.
fn with_slot(client: &mut Client) -> (Value, Value) {
    let received = client.receive();
    let slot = received["params"]["result"]["context"]["slot"].clone();
    assert!(slot.is_u64(), "{received}");
    (received, slot)
}

#[test]
fn a_transaction_that_lands_is_notified_on_both_ports() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for (port, path) in [(server.port, "/rpc"), (server.port + 1, "/rpc"), (server.port + 1, "/")] {
        let mut client = Client::open(port, path);
        let transfer = Transfer::new(server.port, 1_000_000);
        let id = client.subscribe(&json!([transfer.id, { "commitment": "confirmed" }]));
        transfer.send(server.port);
        let (received, slot) = with_slot(&mut client);
        assert_eq!(received, notification(id, &slot, &json!({ "err": null })));
        // The notification was the subscription's last: it can't be ended again.
        let again = client.call("signatureUnsubscribe", &json!([id]));
        assert_eq!(again["error"], json!({ "code": -32602, "message": "Invalid subscription id." }));
    }
}

#[test]
fn what_has_landed_already_is_notified_at_once_with_its_error() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // More than there is.
    let transfer = Transfer::new(server.port, 5_000_000_000);
    transfer.send(server.port);
    let mut client = Client::open(server.port, "/rpc");
    for commitment in ["processed", "confirmed", "finalized"] {
        let options = json!({ "commitment": commitment, "enableReceivedNotification": true });
        let id = client.subscribe(&json!([transfer.id, options]));
        let (received, slot) = with_slot(&mut client);
        assert_eq!(received, notification(id, &slot, &json!("receivedSignature")));
        let error = json!({ "InstructionError": [0, { "Custom": 1 }] });
        assert_eq!(client.receive(), notification(id, &slot, &json!({ "err": error })));
    }
}

#[test]
fn an_ended_subscription_says_nothing_and_the_others_go_on() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (mut client, mut other) = (Client::open(server.port, "/rpc"), Client::open(server.port, "/rpc"));
    let (first, second) = (Transfer::new(server.port, 1_000_000), Transfer::new(server.port, 1_000_001));
    let ended = client.subscribe(&json!([first.id]));
    let stays = client.subscribe(&json!([second.id]));
    let of_other = other.subscribe(&json!([first.id]));
    assert_ne!(ended, stays);
    assert_eq!(client.call("signatureUnsubscribe", &json!([ended]))["result"], true);
    first.send(server.port);
    second.send(server.port);
    assert_eq!(client.receive()["params"]["subscription"], stays);
    assert_eq!(other.receive()["params"]["subscription"], of_other);
}

#[test]
fn slots_are_told_as_they_pass_until_nobody_wants_to_know() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut client = Client::open(server.port + 1, "/rpc");
    let id = client.call("slotSubscribe", &json!([]))["result"].as_u64().unwrap();
    let mut last = 0;
    for _ in 0..3 {
        let told = client.receive();
        assert_eq!(
            (&told["method"], &told["params"]["subscription"]),
            (&json!("slotNotification"), &json!(id))
        );
        let result = &told["params"]["result"];
        let slot = result["slot"].as_u64().unwrap();
        assert!(slot > last && result["parent"] == slot - 1 && result["root"] == slot, "{told}");
        last = slot;
    }
    client.send("slotUnsubscribe", &json!([id]));
    // One more may have been on its way.
    while client.receive()["result"] != true {}
    let again = client.call("slotUnsubscribe", &json!([id]));
    assert_eq!(again["error"]["message"], "Invalid subscription id.");
}

#[test]
fn calls_that_make_no_sense_are_refused_as_by_a_node() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut client = Client::open(server.port, "/rpc");
    let signature = bs58::encode([7; 64]).into_string();
    for (method, params, code, message) in [
        ("signatureSubscribe", json!(["0OIl"]), -32602, "Invalid Request: Invalid signature provided"),
        ("signatureSubscribe", json!([]), -32602, "`params` should have more elements"),
        ("signatureSubscribe", json!([signature, { "commitment": "soon" }]), -32602, "commitment"),
        (
            "signatureSubscribe",
            json!([signature, { "enableReceivedNotification": 1 }]),
            -32602,
            "enableReceivedNotification",
        ),
        ("signatureUnsubscribe", json!([99]), -32602, "Invalid subscription id."),
        ("slotUnsubscribe", json!(["1"]), -32602, "expected u64"),
        ("getHealth", json!([]), -32601, "Method not found"),
    ] {
        let error = client.call(method, &params)["error"].clone();
        assert_eq!(error["code"], code, "{method} {params}: {error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{method} {params}: {error}");
    }
    client.0.send(Message::text("{")).unwrap();
    assert_eq!(client.receive()["error"]["code"], -32700);
    // After all that, it still serves.
    client.subscribe(&json!([signature]));
}

#[test]
fn a_message_too_long_and_one_websocket_too_many_are_refused() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut client = Client::open(server.port, "/rpc");
    let _ = client.0.send(Message::text(" ".repeat(65 * 1024)));
    assert!(!matches!(client.0.read(), Ok(Message::Text(_))));
    let mut open = Vec::new();
    let refusal = loop {
        match Client::try_open(server.port, "/rpc") {
            Ok(client) => open.push(client),
            Err(refusal) => break refusal,
        }
        assert!(open.len() <= 256);
    };
    assert!(refusal.contains("503") && open.len() >= 255, "{refusal} after {}", open.len());
    // A place that was left is free again, as soon as the server has noticed.
    let mut leaving = open.pop().unwrap();
    leaving.0.close(None).unwrap();
    while !matches!(leaving.0.read(), Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_))) {}
    let begun = std::time::Instant::now();
    while Client::try_open(server.port, "/rpc").is_err() {
        assert!(begun.elapsed() < PATIENCE);
    }
}

#[test]
fn a_next_port_that_is_taken_is_a_warning() {
    let home = Home::new();
    let begun = std::time::Instant::now();
    let (port, _next, mut child, mut client) = loop {
        let (port, next) = free_port_whose_next_is_taken();
        let log = std::fs::File::create(home.path("log")).unwrap();
        let mut child = home.command(&["run", "--port", &port.to_string()]).stderr(log).spawn().unwrap();
        // Another test may take the port first; then the server ends, and the next pair is tried.
        let client = loop {
            match Client::try_open(port, "/rpc") {
                Ok(client) => break Some(client),
                Err(_) if child.try_wait().unwrap().is_some() => break None,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
        };
        if let Some(client) = client {
            break (port, next, child, client);
        }
        assert!(begun.elapsed() < PATIENCE, "no pair of ports");
    };
    let transfer = Transfer::new(port, 1_000_000);
    let id = client.subscribe(&json!([transfer.id]));
    transfer.send(port);
    assert_eq!(client.receive()["params"]["subscription"], id);
    let _ = child.kill();
    let _ = child.wait();
    let said = std::fs::read_to_string(home.path("log")).unwrap();
    assert!(said.contains(&format!("the port after `{port}` is in use")), "{said}");
}

fn free_port_whose_next_is_taken() -> (u16, TcpListener) {
    loop {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let before = taken.local_addr().unwrap().port() - 1;
        if TcpListener::bind(("127.0.0.1", before)).is_ok() {
            return (before, taken);
        }
    }
}

#[test]
fn pages_of_any_origin_may_call_and_subscribe() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let asked = Request::new("OPTIONS", "/rpc")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,solana-client");
    let allowed = server.send(&asked);
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("*"));
    assert_eq!(allowed.header("access-control-allow-headers"), Some("content-type,solana-client"));
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"getHealth"}"#;
    let called = server.send(&Request::new("POST", "/rpc").header("origin", "https://a.example").json(body));
    assert_eq!(
        (called.header("access-control-allow-origin"), &called.json()["result"]),
        (Some("*"), &json!("ok"))
    );
    assert_eq!(server.send(&Request::new("GET", "/rpc")).status, 405);
    assert_eq!(Request::new("GET", "/rpc").send(server.port + 1).status, 400);
}
