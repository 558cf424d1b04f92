//! Selling: buyers that are written here pay links of a sandbox, on its chain.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod buyer;
mod crash;
mod facilitator;
mod goods;
mod hostile;
mod once;
mod recorded;
mod shop;
mod upstream;
