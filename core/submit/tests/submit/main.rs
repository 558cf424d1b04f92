//! The submission engine against endpoints that behave, and endpoints that lie: all of them real, on loopback.
#![allow(missing_docs, clippy::unwrap_used)]

mod chain;
mod liars;
mod own;
mod payment;
#[path = "../../../rpc/tests/rpc/server.rs"]
#[allow(dead_code, reason = "the RPC client's tests need more of it")]
mod server;

use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Blockhash, Order, Signature, Transaction, Version, compile, ix};
use leash_rpc::{Lifetime, Rpc};

/// The last height at which the transactions of these tests can land, and the height at which they are signed.
const LAST: u64 = 1_150;
const HEIGHT: u64 = 1_000;

/// Runs a future as the command line does: on one thread.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn rpc(url: &str) -> Rpc {
    Rpc::new(url, |builder| builder.timeout(Duration::from_secs(10)))
        .unwrap()
        .poll_every(Duration::from_millis(5))
}

fn life() -> Lifetime {
    Lifetime {
        blockhash: Blockhash::new([9; 32]),
        last_valid_block_height: LAST,
        block_height: HEIGHT,
        slot: HEIGHT,
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn address(number: u8) -> Address {
    Address::new(key(number).verifying_key().to_bytes())
}

fn sign(transaction: &mut Transaction, number: u8) {
    let signature = key(number).sign(&transaction.message().to_bytes().unwrap());
    transaction.put(&address(number), Signature::new(signature.to_bytes()));
}

fn unsigned() -> Transaction {
    let instructions = [ix::transfer(&address(1), &Address::new([4; 32]), 5)];
    let message =
        compile(Version::V0, Order::FirstSeen, &address(1), &instructions, Blockhash::new([9; 32])).unwrap();
    Transaction::unsigned(message).unwrap()
}

fn signed() -> Transaction {
    let mut transaction = unsigned();
    sign(&mut transaction, 1);
    transaction
}
