//! Receipts: `/v1/receipts`.

mod handlers;
mod shape;

pub(super) use handlers::{by_hash, list, publish};
