//! A Leash API on this machine: an HTTP server on loopback over SQLite.
//!
//! It answers as the original API does, to the byte of its error documents, so that a program that works
//! here works there. [`api`] is the API without a network, [`serve()`] puts it behind a listener, and
//! [`cli`] is what a person types.
//!
//! What it leaves out: there is no chain (any mint is recorded at its word, `/rpc` knows four methods), no
//! paywall, and no endpoint that the commands of leash don't call. What it has more of: a body may have
//! 16 MiB at the most (413), and an `Idempotency-Key` is honoured.

pub mod api;
pub mod cli;
mod clock;
mod instance;
mod js;
mod serve;
mod store;
mod strict;
mod target;
mod zod;

pub use serve::serve;
