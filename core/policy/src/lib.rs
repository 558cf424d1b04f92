#![doc = include_str!("../README.md")]

mod allowance;
mod effective;
mod evaluate;
mod host;
mod ledger;
mod rules;
mod stop;
mod store;
mod usd;

pub use allowance::{Allowance, BadLimit};
pub use effective::{Effective, Limits, Origin, PER_CALL, PER_DAY};
pub use evaluate::{ABOVE_MAX, Denial, Reason, Request, State, evaluate};
pub use host::Name;
pub use ledger::{
    Entry, Grounds, Ledger, Payment, Release, Released, Releases, Reservation, Settle, Status, Witness,
};
pub use rules::{BAD_POLICY, Rules};
pub use stop::{KILLED, PAUSED, Stop};
pub use store::{dir, file, of_plugin, read, write};
pub use usd::{FEE_BPS, NotUsd, Usd, gross};
