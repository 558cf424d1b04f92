//! What a third party may rely on.
//!
//! A plugin is any executable called `leash-NAME`. It is told who the agent is through the environment
//! ([`mod@env`]) and a JSON document ([`context`]), and says how it went by its exit status ([`exit`]). This
//! crate holds those names, numbers and types, and does nothing: no input, no output, no clock.

pub mod commands;
pub mod context;
pub mod env;
pub mod exit;
pub mod frame;
pub mod host;
pub mod manifest;
pub mod name;
mod payment;
pub mod scope;

/// The version of the contract in this crate, as `LEASH_PROTOCOL` carries it.
pub const PROTOCOL: u32 = 1;

/// How deep one leash may run inside another; the next one is refused.
pub const MAX_DEPTH: u32 = 5;
