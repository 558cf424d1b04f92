#![doc = include_str!("../README.md")]

pub mod create;
pub mod fund;
mod key;
mod meta;
mod mint;
mod pay_link;
mod pending;
mod place;
mod purse;
mod record;
mod report;
mod step;
mod work;

/// What it takes to make an agent, with room for fees, in lamports.
const NEEDED: u64 = 10_000_000;
