#![doc = include_str!("../README.md")]

mod confirm;
mod error;
mod field;
mod program_error;
mod read;
mod rpc;
mod send;
mod text;
mod transactions;

pub use confirm::{Outcome, Refused};
pub use error::Error;
pub use program_error::ProgramError;
pub use read::{Lifetime, Owned};
pub use rpc::Rpc;
pub use send::Simulation;
pub use transactions::{Commitment, Listed, Past, Status};
