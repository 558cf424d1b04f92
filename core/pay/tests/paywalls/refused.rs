//! What no paywall gets.

use leash_chain::treasury;
use serde_json::{Value, json};

use crate::{asks, challenge, terms};

fn good() -> Value {
    json!({
        "scheme": "exact", "network": "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "amount": "1000",
        "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "maxTimeoutSeconds": 60,
        "payTo": "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa",
        "extra": {"feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe",
            "leash.fee": {"v": "1", "bps": 100, "feeAuthority": "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W"}},
    })
}

#[test]
fn each_fault_has_its_name() {
    assert_eq!(asks(&[good()]).unwrap().gross(), Some((1_010, 10)));
    let (agent, executive) = (terms().agent.to_string(), terms().executive.to_string());
    let treasury = treasury(&terms().agent).to_string();
    let mainnet_usdc = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    for (path, value, code) in [
        ("/scheme", json!("upto"), "unknown_scheme"),
        ("/scheme", json!(1), "malformed_challenge"),
        ("/network", json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"), "wrong_network"),
        ("/network", json!("solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z"), "wrong_network"),
        ("/network", json!("eip155:8453"), "wrong_network"),
        ("/asset", json!(mainnet_usdc), "unknown_token"),
        ("/asset", json!("USDC"), "unknown_token"),
        ("/amount", json!("0"), "bad_amount"),
        ("/amount", json!("-1"), "bad_amount"),
        ("/amount", json!("+1"), "bad_amount"),
        ("/amount", json!("1e3"), "bad_amount"),
        ("/amount", json!("0.5"), "bad_amount"),
        ("/amount", json!("007"), "bad_amount"),
        ("/amount", json!(""), "bad_amount"),
        ("/amount", json!("9223372036854775807"), "bad_amount"),
        ("/amount", json!("9223372036854775808"), "bad_amount"),
        ("/amount", json!("18446744073709551615"), "bad_amount"),
        ("/amount", json!("18446744073709551616"), "bad_amount"),
        ("/amount", json!(1000), "malformed_challenge"),
        ("/payTo", json!("nowhere"), "bad_recipient"),
        ("/payTo", json!(treasury), "bad_recipient"),
        ("/payTo", json!(executive), "bad_recipient"),
        ("/payTo", json!(agent), "bad_recipient"),
        ("/extra/feePayer", json!(executive), "bad_fee_payer"),
        ("/extra/feePayer", json!(treasury), "bad_fee_payer"),
        ("/extra/feePayer", json!(""), "bad_fee_payer"),
        ("/extra/feePayer", json!(null), "bad_fee_payer"),
        ("/extra", json!(null), "bad_fee_payer"),
        ("/extra/leash.fee/bps", json!(101), "bad_fee"),
        ("/extra/leash.fee/bps", json!(0.5), "bad_fee"),
        ("/extra/leash.fee/bps", json!("100"), "bad_fee"),
        ("/extra/leash.fee/v", json!("2"), "bad_fee"),
        ("/extra/leash.fee/feeAuthority", json!("AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa"), "bad_fee"),
        ("/extra/leash.fee", json!(7), "bad_fee"),
    ] {
        let mut asked = good();
        *asked.pointer_mut(path).unwrap() = value.clone();
        assert_eq!(asks(&[asked]).unwrap_err().code, code, "{path} {value}");
    }
    for memo in [json!("x".repeat(257)), json!("\u{e9}".repeat(129)), json!(7), json!([])] {
        let mut asked = good();
        asked["extra"]["memo"] = memo;
        assert_eq!(asks(&[asked]).unwrap_err().code, "bad_memo");
    }
    assert_eq!(asks(&[]).unwrap_err().code, "malformed_challenge");
}

#[test]
fn an_mpp_challenge_is_held_against_the_same() {
    let good = json!({
        "type": "https://paymentauth.org/problems/payment-required", "challengeId": "c", "request": {
            "recipient": "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa", "amount": "30000", "currency": "USDC",
            "network": "solana-devnet", "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU",
            "feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe"}});
    let judge = |document: &Value| {
        challenge(None, &document.to_string()).and_then(|read| leash_pay::choose(&read, &terms()))
    };
    assert_eq!(judge(&good).unwrap().gross(), Some((30_000, 0)));
    for (path, value, code) in [
        ("/challengeId", json!(""), "malformed_challenge"),
        ("/challengeId", json!("x".repeat(253)), "bad_memo"),
        ("/request", json!(null), "malformed_challenge"),
        ("/request/network", json!("solana-mainnet"), "wrong_network"),
        ("/request/network", json!("SOLANA-DEVNET"), "wrong_network"),
        ("/request/asset", json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"), "unknown_token"),
        ("/request/currency", json!("USDT"), "unknown_token"),
        ("/request/amount", json!("30000.0"), "bad_amount"),
        ("/request/recipient", json!(terms().executive), "bad_recipient"),
        ("/request/feePayer", json!(terms().executive), "bad_fee_payer"),
        ("/request/feePayer", json!(null), "bad_fee_payer"),
    ] {
        let mut asked = good.clone();
        *asked.pointer_mut(path).unwrap() = value.clone();
        assert_eq!(judge(&asked).unwrap_err().code, code, "{path} {value}");
    }
}

#[test]
fn what_is_no_challenge_is_said_to_be_none() {
    for (header, body, code) in [
        (None, "", "unknown_protocol"),
        (None, "pay me", "unknown_protocol"),
        (None, "{}", "unknown_protocol"),
        (Some("%%%"), "{}", "malformed_challenge"),
        (Some("bm8="), "{}", "malformed_challenge"),
        (Some("e30="), "{}", "unknown_protocol"),
        (None, r#"{"x402Version":3,"accepts":[]}"#, "unknown_protocol"),
        (None, r#"{"x402Version":2}"#, "malformed_challenge"),
    ] {
        assert_eq!(challenge(header, body).unwrap_err().code, code, "{header:?} {body}");
    }
    let deep = "[".repeat(5_000);
    assert_eq!(challenge(None, &deep).unwrap_err().code, "unknown_protocol");
}
