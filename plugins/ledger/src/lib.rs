//! A Solana ledger on this machine.
//!
//! [`Ledger`] executes transactions in a virtual machine with the real SPL Token, Token-2022, associated account and
//! memo programs, and stand-ins for MPL Core and the agent programs. What it answers is on disk first, so a killed
//! process loses nothing that it said had happened. [`Ledger::rpc`] speaks Solana's JSON-RPC, and
//! [`Subscriptions`] what a node says by websocket.
//!
//! Time passes as on the real chain: a slot takes 400 milliseconds, and a blockhash is good for 150 of them.

mod blocks;
mod error;
mod execute;
mod faucet;
mod genesis;
mod ledger;
mod rpc;
mod standins;
mod store;
mod token;
mod wire;

pub use blocks::Blockhash;
pub use error::{Error, Rejected};
pub use ledger::{Landed, Ledger};
pub use rpc::Subscriptions;
