#![doc = include_str!("../README.md")]

mod auth;
mod candidates;
mod charge;
mod decode;
mod hash;
mod judge;
mod leash_mpp;
mod networks;
mod offer;
mod offered;
mod paywall;
mod proof;
mod refusal;
mod settlement;
mod unpayable;
mod x402;

pub use candidates::{Candidate, Candidates, Selector, choose};
pub use offer::{Offer, Protocol, ProtocolFamily, Terms};
pub use offered::Offered;
pub use paywall::{Paywall, read};
pub use refusal::Refusal;
pub use settlement::{Outcome, Settlement, SettlementReport};
pub use unpayable::Unpayable;
