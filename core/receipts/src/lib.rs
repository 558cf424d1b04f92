#![doc = include_str!("../README.md")]

mod chain;
mod draft;
mod hash;
mod outbox;
mod payment_receipt;
mod receipt;
mod shape;
mod summary;
mod verify;

pub use chain::{Added, Chain};
pub use draft::{Draft, Mpp, Price, Protocol, X402};
pub use hash::{canonical, receipt_hash, request_hash};
pub use outbox::{Outbox, Outcome, Published, Refusal};
pub use payment_receipt::{keep_payment_receipt, payment_receipt};
pub use receipt::{Decision, Kind, Receipt, usd};
pub use shape::Shaped;
pub use summary::{Day, Totals, daily};
pub use verify::{Fault, Reason, Verified, Verifier};
