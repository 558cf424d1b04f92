#![doc = include_str!("../README.md")]

mod build;
mod check;
mod compare;
mod intent;
mod layout;
mod minted;
mod payment;
mod refusal;
mod registration;

pub use build::creation;
pub use check::{Checked, check};
pub use intent::{Intent, IntentError, Meaning, SOL_RESERVE};
pub use layout::{Compute, Layout, MAX_SPLITS, Split};
pub use payment::{FEE_AUTHORITY, Fee, MAX_NETWORK_FEE, Payer, Payment};
pub use refusal::{Difference, Refusal};
pub use registration::{Registration, Service};
