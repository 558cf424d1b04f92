#![doc = include_str!("../README.md")]

mod challenge;
mod decode;
mod hash;
mod mpp;
mod offer;
mod proof;
mod refusal;
mod settlement;
mod x402;

pub use challenge::{Challenge, read};
pub use offer::{Offer, Protocol, Terms, choose};
pub use refusal::Refusal;
pub use settlement::Settlement;
