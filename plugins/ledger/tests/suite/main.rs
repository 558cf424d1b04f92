//! The ledger, driven through JSON-RPC with transactions that were built by the original's own code.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

mod durable;
mod flows;
mod parsed;
mod play;
mod refusals;
mod rpc;
