//! `/v1/health` and `/v1/version`, for anyone.

use super::{Answer, links::price};
use crate::{
    clock,
    js::{Value, object},
};

/// The version of the API that this server speaks.
const VERSION: &str = "0.1.0";

/// Alive, and what settling a payment costs.
pub(super) fn health() -> Answer {
    let authority = || Value::text(price::FEE_AUTHORITY);
    let fee = object([
        ("bps", Value::integer(price::FEE_BPS)),
        ("pct", Value::text("1.00%")),
        ("authorities", object([("solana-mainnet", authority()), ("solana-devnet", authority())])),
    ]);
    let document = object([
        ("ok", Value::Bool(true)),
        ("ts", Value::text(clock::iso(clock::now()))),
        ("protocol_fee", fee),
    ]);
    Answer::json(200, &document)
}

/// What is spoken here.
pub(super) fn version() -> Answer {
    let networks = ["solana-devnet", "solana-mainnet"].map(Value::text).to_vec();
    Answer::json(200, &object([("version", Value::text(VERSION)), ("networks", Value::List(networks))]))
}
