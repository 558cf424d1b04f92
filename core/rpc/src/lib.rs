#![doc = include_str!("../README.md")]

mod error;
mod field;
mod program_error;
mod read;
mod rpc;
mod send;
mod text;
mod transactions;

pub use error::{BAD_URL, Error, Refused};
pub use program_error::ProgramError;
pub use read::{BLOCKHASH_LIFE, ENDPOINT_LAG, Latest, Lifetime, Owned};
pub use rpc::Rpc;
pub use send::Simulation;
pub use transactions::{Commitment, Listed, Past, Status};
