//! The executive key where it isn't in use.
//!
//! At rest it is encrypted with a passphrase, as a file in the age format ([`seal`], [`open`]). The passphrase
//! comes from a descriptor, a file or the terminal ([`passphrase::obtain`]). So that it needn't be typed each
//! time, the kernel can keep the decrypted key for a while ([`keyring`]), for as long as [`duration::parse`]
//! understands. [`unlock`] tries all of these. What this protects from what is written in the crate's README.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that can't go on ends here"))]

mod age;
mod code;
pub mod duration;
pub mod keyring;
pub mod passphrase;
mod sealed;
mod signals;
mod sys;
mod unlock;

pub use code::{NO_KEYRING, NO_TERMINAL, WRONG_PASSPHRASE};
pub use sealed::{MAX_WORK_FACTOR, WORK_FACTOR, is_sealed, open, seal};
pub use unlock::{Asked, ask, open_with, unlock, unlocked};
