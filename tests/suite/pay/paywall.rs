//! A paywall of a test's own: what an honest one asks for, and how it asks.

use leash_tests::{Reply, Request};
use serde_json::{Value, json};

pub(crate) const SELLER: &str = "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa";

/// What an honest one asks for.
pub(crate) fn asked(amount: &str) -> Value {
    json!({
        "scheme": "exact", "network": "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "amount": amount,
        "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "payTo": SELLER, "maxTimeoutSeconds": 60,
        "extra": {"feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe"},
    })
}

/// Version 2 in a body, which is read where the header is missing.
pub(crate) fn demand(asked: &Value) -> Reply {
    Reply::Json(402, json!({"x402Version": 2, "error": "Payment required", "accepts": [asked]}))
}

pub(crate) fn is_paid(request: &Request) -> bool {
    ["payment-signature", "x-payment", "authorization"].iter().any(|name| request.header(name).is_some())
}
