//! The chain behind the sandbox.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Home, Request, document, stderr};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{
    Address, Network, Order, Signature, Token, Transaction, Version, compile,
    ix::{self, CreateAsset},
    treasury,
};
use serde_json::{Value, json};

fn up(home: &Home) -> (u16, Value) {
    let output = home.run(&["up", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let document = document(&output);
    let port = document["url"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    (port, document)
}

fn rpc(port: u16, method: &str, params: &Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    Request::new("POST", "/rpc").json(&body).send(port).json()["result"].clone()
}

fn usdc(port: u16, mint: &Address) -> Value {
    let token = Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let account = token.account_of(&treasury(mint)).to_string();
    rpc(port, "getTokenAccountBalance", &json!([account]))["value"]["uiAmountString"].clone()
}

#[test]
fn the_agent_is_on_the_chain_and_comes_back_after_a_reset() {
    let home = Home::new();
    let (port, first) = up(&home);
    let mint: Address = first["agent_mint"].as_str().unwrap().parse().unwrap();
    assert_eq!(usdc(port, &mint), "100");
    let gift = home.run(&["fund", "--usdc", "0.25", "--to", &treasury(&mint).to_string(), "--json"]);
    assert!(gift.status.success(), "{gift:?}");
    assert_eq!(document(&gift)["items"][0]["atomic"], "250000");
    assert_eq!(usdc(port, &mint), "100.25");
    // Killed, the server comes back with all of it.
    assert!(home.run(&["down"]).status.success());
    let (port, _) = up(&home);
    assert_eq!(usdc(port, &mint), "100.25");
    assert!(home.run(&["reset", "--yes"]).status.success());
    let (port, again) = up(&home);
    assert_eq!(again["agent_mint"], first["agent_mint"]);
    assert_eq!(usdc(port, &mint), "100");
}

#[test]
fn the_faucet_gives_what_makes_sense() {
    let home = Home::new();
    let to = Address::new([9; 32]).to_string();
    let down = home.run(&["airdrop", "--to", &to]);
    assert_eq!(down.status.code(), Some(1));
    assert!(stderr(&down).contains("leash sandbox up"), "{down:?}");
    let (port, _) = up(&home);
    assert!(home.run(&["airdrop", "--to", &to]).status.success());
    assert!(home.run(&["airdrop", "0.5", "--to", &to]).status.success());
    assert_eq!(rpc(port, "getBalance", &json!([to]))["value"], 1_500_000_000);
    for args in [
        &["airdrop", "0", "--to", &to][..],
        &["airdrop", "1e3", "--to", &to],
        &["airdrop", "0.0000000001", "--to", &to],
        &["fund", "--usdc", "5O", "--to", &to],
        &["fund", "--to", &to],
        &["airdrop", "1"],
    ] {
        assert_eq!(home.run(args).status.code(), Some(2), "{args:?}");
    }
    assert_eq!(rpc(port, "getBalance", &json!([to]))["value"], 1_500_000_000);
}

#[test]
fn only_what_is_on_the_chain_is_recorded_and_only_for_its_owner() {
    let home = Home::new();
    let (port, first) = up(&home);
    let record = |mint: &str, executive: &str| {
        let body = json!({ "mint": mint, "executive_pubkey": executive, "name": "n" }).to_string();
        let answer = Request::new("POST", "/v1/agents/record").json(&body).send(port);
        (answer.status, answer.json())
    };
    let nobody = Address::new([9; 32]).to_string();
    let (status, body) = record(&nobody, &nobody);
    assert_eq!((status, &body["error"]), (502, &json!("rpc_error")));
    assert!(body["message"].as_str().unwrap().contains(&nobody), "{body}");
    let mint = first["agent_mint"].as_str().unwrap();
    let (status, body) = record(mint, first["executive_pubkey"].as_str().unwrap());
    assert_eq!(
        (status, body["message"].as_str().unwrap()),
        (422, &*format!("agent {mint} is already recorded"))
    );
}

/// Puts an asset on the chain that belongs to `owner`.
fn mint(port: u16, owner: &SigningKey, asset: &SigningKey) -> Address {
    let address = |key: &SigningKey| Address::new(key.verifying_key().to_bytes());
    let (payer, mint) = (address(owner), address(asset));
    rpc(port, "requestAirdrop", &json!([payer.to_string(), 1_000_000_000]));
    let (name, uri) = ("Quote", "https://a.example/q.json");
    let new = CreateAsset { asset: mint, payer, owner: None, update_authority: None, name, uri };
    let latest = rpc(port, "getLatestBlockhash", &json!([]))["value"]["blockhash"].clone();
    let blockhash = latest.as_str().unwrap().parse().unwrap();
    let steps = [ix::create_asset(&new)];
    let message = compile(Version::V0, Order::FirstSeen, &payer, &steps, blockhash).unwrap();
    let bytes = message.to_bytes().unwrap();
    let mut transaction = Transaction::unsigned(message).unwrap();
    for key in [owner, asset] {
        transaction.put(&address(key), Signature::new(key.sign(&bytes).to_bytes()));
    }
    let wire = transaction.to_base64().unwrap();
    assert!(rpc(port, "sendTransaction", &json!([wire, { "encoding": "base64" }])).is_string());
    mint
}

#[test]
fn what_was_minted_is_recorded_for_its_owner_once() {
    let home = Home::new();
    let (port, _) = up(&home);
    let (owner, asset) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
    let mint = mint(port, &owner, &asset);
    let record = |executive: &str| {
        let body =
            json!({ "mint": mint.to_string(), "executive_pubkey": executive, "name": "n" }).to_string();
        let answer = Request::new("POST", "/v1/agents/record").json(&body).send(port);
        (answer.status, answer.json())
    };
    let executive = Address::new(owner.verifying_key().to_bytes()).to_string();
    let other = Address::new([9; 32]).to_string();
    let (status, body) = record(&other);
    let message = format!(
        "asset owner is {executive} (expected {other}); transfer the asset to the executive before recording"
    );
    assert_eq!((status, body["message"].as_str().unwrap()), (422, message.as_str()));
    let (status, body) = record(&executive);
    assert_eq!((status, &body["treasury"]), (200, &json!(treasury(&mint).to_string())));
    let receipts = format!("http://127.0.0.1:{port}/v1/receipts/{mint}");
    assert_eq!(body["receipts_service"], receipts.as_str());
    assert_eq!(record(&executive).0, 422);
}

#[test]
fn the_mint_api_makes_a_transaction_that_its_owner_signs() {
    let home = Home::new();
    let (port, _) = up(&home);
    let owner = SigningKey::from_bytes(&[7; 32]);
    let wallet = Address::new(owner.verifying_key().to_bytes());
    rpc(port, "requestAirdrop", &json!([wallet.to_string(), 1_000_000_000]));
    let ask = |name: &str, uri: &str| {
        let metadata = json!({ "type": "agent", "name": name, "services": [] });
        let body = json!({
            "wallet": wallet.to_string(), "network": "solana-devnet", "name": name, "uri": uri,
            "agentMetadata": metadata,
        });
        Request::new("POST", "/v1/agents/mint").json(&body.to_string()).send(port)
    };
    let long = ask("Quote", &"u".repeat(1200));
    assert_eq!((long.status, &long.json()["success"]), (400, &json!(false)));
    let made = ask("Quote", "https://a.example/q.json").json();
    let mut transaction = Transaction::from_base64(made["tx"].as_str().unwrap()).unwrap();
    assert_eq!(transaction.missing().collect::<Vec<_>>(), [&wallet]);
    assert_eq!(made["blockhash"]["blockhash"], transaction.message().blockhash().to_string().as_str());
    let bytes = transaction.message().to_bytes().unwrap();
    transaction.put(&wallet, Signature::new(owner.sign(&bytes).to_bytes()));
    let wire = transaction.to_base64().unwrap();
    assert!(rpc(port, "sendTransaction", &json!([wire, { "encoding": "base64" }])).is_string());
    let body = json!({ "mint": made["assetAddress"], "executive_pubkey": wallet.to_string(), "name": "n" });
    let recorded = Request::new("POST", "/v1/agents/record").json(&body.to_string()).send(port);
    assert_eq!(recorded.status, 200, "{}", recorded.body);
}
