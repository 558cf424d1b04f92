//! The process that signs for a plugin.
//!
//! A plugin acts as the agent without being given the agent's key: the host calls [`begin`] in the process that is
//! about to execute the plugin; that splits off a process which shuts itself in, reads the key only then, answers
//! on a socket what was granted ([`leash_protocol::frame`]), writes every decision to the audit log before it
//! answers, and ends when the plugin ends.

mod answer;
mod ask;
mod child;
mod connection;
mod decide;
#[cfg(fuzzing)]
pub mod fuzzing;
mod harden;
mod json;
mod key;
mod payments;
mod process;
mod procfs;
mod ready;
mod refusal;
mod request;
mod run;
mod serve;
mod signer;
mod spec;
mod start;
mod sys;
mod unix;
mod unlock;

pub use ask::anyone_can_type;
pub use leash_protocol::context::Presigned;
pub use ready::Passphrase;
pub use spec::{Agent, Daily, Grant, Load, PayerSpec, Plugin, Spec, from_files};
pub use start::{Reach, Started, Starting, begin};
