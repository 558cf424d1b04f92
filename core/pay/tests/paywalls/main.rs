//! Paywalls, as the original serves them and as nobody should pay them.
#![allow(missing_docs, clippy::unwrap_used)]

mod refused;
mod vectors;

use leash_chain::{Address, Network};
use leash_pay::{Challenge, Offer, Refusal, Terms, choose, read};
use serde_json::Value;

/// The agent of the vectors.
fn terms() -> Terms {
    let address = |text: &str| text.parse::<Address>().unwrap();
    Terms::new(
        address("9hSR6S7WPtxmTojgo6GG3k4yDPecgJY292j7xrsUGWBu"),
        address("AKnL4NNf3DGWZJS6cPknBuEGnVsV4A4m5tgebLHaRSZ9"),
        Network::Devnet,
    )
}

fn challenge(header: Option<&str>, body: &str) -> Result<Challenge, Refusal> {
    read(|name| header.filter(|_| name == "payment-required"), body.as_bytes())
}

/// A paywall of version 2 that asks for these.
fn asks(accepts: &[Value]) -> Result<Offer, Refusal> {
    let document = serde_json::json!({"x402Version": 2, "error": "Payment required", "accepts": accepts});
    choose(&challenge(None, &document.to_string())?, &terms())
}
