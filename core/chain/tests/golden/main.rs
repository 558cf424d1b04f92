//! What the original's own code and libraries put on the chain, byte for byte.
#![allow(missing_docs, clippy::unwrap_used)]

mod instructions;
mod payments;
mod treasury;

use std::sync::LazyLock;

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Blockhash, Signature, Transaction};
use serde_json::Value;

static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

/// The keys of the vectors, by the byte that their seeds repeat.
fn key(name: &str) -> SigningKey {
    let names = ["executive", "asset", "collection", "destination", "facilitator", "seller"];
    let seed = names.iter().position(|known| *known == name).unwrap() as u8 + 1;
    SigningKey::from_bytes(&[seed; 32])
}

fn address(name: &str) -> Address {
    let address = Address::new(key(name).verifying_key().to_bytes());
    assert_eq!(address.to_string(), VECTORS["keys"][name]["pubkey"]);
    address
}

fn blockhash() -> Blockhash {
    VECTORS["meta"]["blockhash"].as_str().unwrap().parse().unwrap()
}

/// Signs with those of the keys that have to.
fn sign(transaction: &mut Transaction, names: &[&str]) {
    let bytes = transaction.message().to_bytes().unwrap();
    for name in names {
        let signature = Signature::new(key(name).sign(&bytes).to_bytes());
        transaction.put(&address(name), signature);
    }
}
