//! A Leash API on this machine: an HTTP server on loopback over SQLite.
//!
//! It answers as the original API does, to the byte of its error documents, so that a program that works
//! here works there. [`api`] is the API without a network, [`serve()`] puts it behind a listener, and
//! [`cli`] is what a person types.
//!
//! What it has: API keys, payment links, receipts, the minting and recording of agents, the paywall (`/x/{id}`) with its
//! facilitator, and Solana's JSON-RPC (`/rpc`) over a ledger of its own. Every other route is unknown. Where it differs
//! from the original on purpose, the crate's README says so; among that, a body has 16 MiB at the most (413), and
//! `--strict` honours an `Idempotency-Key`.

pub mod api;
pub mod cli;
mod clock;
mod instance;
mod js;
mod serve;
mod store;
mod strict;
mod subscribe;
mod target;
mod zod;

pub use serve::serve;
