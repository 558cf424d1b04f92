//! Selling: the paywall behind `/x/{id}`, the facilitator that settles, and the receipts of what was earned.
//!
//! A payment is written down before its transaction is sent, and accounted for in one write after it landed. Whatever
//! was interrupted in between is found again by [`Sandbox::recover`], or when the buyer presents the payment again.

mod account;
mod challenge;
mod demand;
mod envelope;
mod facilitator;
mod goods;
mod key;
mod layout;
mod mpp;
mod page;
mod paywall;
mod receipt;
mod rules;
mod sale;
mod turns;
mod upstream;
mod webhook;
mod x402;

pub(super) use facilitator::{answer as facilitator, is_one as is_facilitator};
pub(super) use paywall::answer as paywall;
pub(super) use turns::Turns;

use super::Sandbox;
