//! Buying what a paywall sells, out of an agent's treasury: the engine of `leash pay`, of a plugin's payments and of
//! `leash payments`.
//!
//! No key is here and no command line: whoever pays hands in a [`Purse`], which has a payment signed, and a
//! [`leash_connect::Connector`]. The states of a payment are described in the README of `leash pay`.

mod account;
mod buy;
mod close;
mod conclude;
mod deliver;
mod desk;
mod dry_run;
mod entry;
mod funds;
mod journal;
mod limits;
mod offers;
mod open;
mod outcome;
mod plan;
mod publish;
mod purse;
mod quote;
mod refuse;
mod request;
mod resolve;
mod resume;
mod send;
mod trial;
mod web;

pub use leash_pay::{ProtocolFamily, Selector};

pub use account::Account;
pub use buy::buy;
pub use close::publish;
pub use deliver::{Goods, Hand, Output};
pub use desk::Desk;
pub use dry_run::dry_run;
pub use entry::{Asked, Price, State};
pub use limits::Max;
pub use open::{Open, open, survey};
pub use publish::publish_within;
pub use purse::Purse;
pub use quote::quote;
pub use request::Request;
pub use resolve::{Resolved, resolve};
pub use resume::look_after_others;

/// The field of an error's document that names the network on which a paywall wants to be paid, where that isn't the agent's.
pub const OTHER_NETWORK: &str = "offered_network";

/// The kind of the document that tells of a payment.
pub const KIND: &str = "payment_receipt";
