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
mod untold;
mod work;

/// What is asked for at least, in lamports.
const LEAST: u64 = 10_000_000;
/// What it takes to make an agent whose description is empty, with room for fees.
const BASE: u64 = 8_500_000;
/// The rent of a byte.
const BYTE: u64 = 6_960;

/// What it takes to make an agent, in lamports: its asset keeps name and description, and pays for each byte.
fn needed(registration: &leash_intent::Registration) -> u64 {
    let bytes = registration.name.len() + registration.data_url().len();
    LEAST.max(BASE + BYTE * bytes as u64)
}
