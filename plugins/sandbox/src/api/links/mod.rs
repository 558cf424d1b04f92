//! Payment links: `/v1/payment-links`.

mod handlers;
pub(super) mod price;
mod shape;
mod wire;

pub(super) use wire::other_currencies;

pub(super) use handlers::{create, delete, get, list, patch, preview};
