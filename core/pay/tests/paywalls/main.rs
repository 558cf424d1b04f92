//! Paywalls, as the original serves them and as nobody should pay them.
#![allow(missing_docs, clippy::unwrap_used)]

mod candidates;
mod charge;
mod odd;
mod recorded;
mod refused;
mod sellers;
mod settlement;
mod vectors;
mod x402;

use leash_chain::{Address, Network};
use leash_pay::{Candidates, Offer, Paywall, Refusal, Terms, choose, read};
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

fn challenge(header: Option<&str>, body: &str) -> Result<Paywall, Refusal> {
    read(|name| header.filter(|_| name == "payment-required"), body.as_bytes())
}

/// A paywall of version 2 that asks for these.
fn asks(accepts: &[Value]) -> Result<Offer, Refusal> {
    let document = serde_json::json!({"x402Version": 2, "error": "Payment required", "accepts": accepts});
    choose(&challenge(None, &document.to_string())?, &terms())
}

/// Every offer of an answer, held against the agent's terms.
fn candidates(headers: &[(&str, &str)], body: &str) -> Candidates {
    Paywall::read(headers.iter().copied(), body.as_bytes()).unwrap().candidates(Some(&terms()))
}

fn base64(document: &Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(document.to_string())
}

/// A document of x402 in base64.
fn x402(version: u8, accepts: &Value) -> String {
    base64(&serde_json::json!({"x402Version": version, "accepts": accepts}))
}

/// An entry of version 2 that leash pays in the standard layout.
fn entry() -> Value {
    serde_json::json!({
        "scheme": "exact", "network": "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "amount": "1000",
        "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "maxTimeoutSeconds": 60,
        "payTo": "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa",
        "extra": {"feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe"},
    })
}

/// The same in version 1.
fn entry_v1() -> Value {
    let mut entry = entry();
    let members = entry.as_object_mut().unwrap();
    let amount = members.remove("amount").unwrap();
    members.insert("maxAmountRequired".to_owned(), amount);
    members.insert("network".to_owned(), "solana-devnet".into());
    entry
}

/// A request of MPP that leash pays with the executive's own network fee.
fn request() -> Value {
    serde_json::json!({
        "amount": "1000", "currency": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU",
        "recipient": "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa",
        "methodDetails": {"network": "devnet", "decimals": 6, "tokenProgram": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"},
    })
}

/// A challenge of MPP.
fn payment(id: &str, request: &Value) -> String {
    use base64::Engine as _;
    let request = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(request.to_string());
    format!(r#"Payment id="{id}", realm="a.example", method="solana", intent="charge", request="{request}""#)
}
