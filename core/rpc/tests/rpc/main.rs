//! The RPC client against endpoints that behave, and endpoints that don't: all of them real, on loopback.
#![allow(missing_docs, clippy::unwrap_used)]

mod answers;
mod lies;
mod server;
mod transport;

use std::time::Duration;

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Blockhash, Order, Signature, Transaction, Version, compile, ix};
use leash_rpc::Rpc;

/// Runs a future as the command line does: on one thread.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn rpc(url: &str) -> Rpc {
    Rpc::new(url, |builder| builder.timeout(Duration::from_secs(10)))
        .unwrap()
        .poll_every(Duration::from_millis(5))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn me() -> Address {
    Address::new(key().verifying_key().to_bytes())
}

fn unsigned() -> Transaction {
    let instructions = [ix::transfer(&me(), &Address::new([4; 32]), 5)];
    let message =
        compile(Version::V0, Order::FirstSeen, &me(), &instructions, Blockhash::new([9; 32])).unwrap();
    Transaction::unsigned(message).unwrap()
}

fn signed() -> Transaction {
    let mut transaction = unsigned();
    let signature = key().sign(&transaction.message().to_bytes().unwrap());
    transaction.put(&me(), Signature::new(signature.to_bytes()));
    transaction
}
