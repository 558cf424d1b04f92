//! What is signed and sent, byte for byte as the original does it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::Network;
use leash_intent::{Intent, Meaning, check};
use leash_pay::{Offer, Protocol, Settlement, Terms, choose};
use leash_signature::Secret;
use leash_signer::Executive;
use serde_json::{Value, json};

use crate::{asks, challenge, terms};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../chain/tests/golden/vectors.json")).unwrap()
}

fn recorded() -> Value {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}

/// An offer on the way that every payment takes: meant, built, checked, signed.
fn signed(offer: &Offer) -> String {
    let vectors = vectors();
    let secret = vectors["keys"]["executive"]["secret_base58"].as_str().unwrap().to_owned();
    let executive = Executive::parse(&Secret::new(secret)).unwrap();
    let blockhash = vectors["meta"]["blockhash"].as_str().unwrap().parse().unwrap();
    let meaning = Meaning::Pay(offer.payment(&terms(), || unreachable!()));
    let intent = Intent::new(executive.public(), meaning, blockhash, 0).unwrap();
    let mut checked = check(intent.build().unwrap(), &intent).unwrap();
    executive.sign_transaction(&mut checked).unwrap();
    checked.into_transaction().to_base64().unwrap()
}

#[test]
fn payments_are_the_originals() {
    let vector = &vectors()["x402_delegate_with_fee"];
    let offer = asks(&[vector["requirements"].clone()]).unwrap();
    let transaction = signed(&offer);
    assert_eq!(transaction, vector["payload"]["payload"]["transaction"]);
    let proof: Value = serde_json::from_str(&offer.proof(&transaction).to_json()).unwrap();
    assert_eq!(proof["payload"], vector["payload"]["payload"]);
    assert_eq!(proof["x402Version"], vector["payload"]["x402Version"]);
    assert_eq!(proof["accepted"], vector["requirements"]);
    assert!(offer.creates_accounts());
    let vector = &vectors()["mpp_delegate"];
    let body = json!({
        "type": "https://paymentauth.org/problems/payment-required",
        "challengeId": vector["challenge"]["challengeId"], "request": vector["challenge"]["request"],
    });
    let offer = choose(&challenge(None, &body.to_string()).unwrap(), &terms()).unwrap();
    assert_eq!(signed(&offer), vector["signedTx"]);
    assert_eq!(offer.gross(), Some((2_500, 0)));
}

/// The agent that made the recordings is another one; what it sent is put together again from its own transaction.
#[test]
fn headers_are_the_originals() {
    let recorded = recorded();
    let text = |name: &str| recorded[name].as_str().unwrap();
    let decoded = |text: &str| -> Value { serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap() };

    let offer = choose(&challenge(Some(text("x402_required")), "{}").unwrap(), &terms()).unwrap();
    assert_eq!((offer.protocol, offer.gross()), (Protocol::X402V2, Some((10_100, 100))));
    assert_eq!(offer.requirements_hash().unwrap(), recorded["receipt"]["payment_requirements_hash"]);
    let sent = decoded(text("x402_signature"));
    let transaction = sent["payload"]["transaction"].as_str().unwrap();
    assert_eq!(offer.header_name(), "payment-signature");
    assert_eq!(decoded(&offer.header_value(transaction)), sent);
    let settled =
        Settlement::read(|name| (name == "payment-response").then(|| text("x402_response"))).unwrap();
    assert_eq!(settled.transaction.to_string(), recorded["receipt"]["tx_sig"]);

    let offer = choose(&challenge(None, text("mpp_body")).unwrap(), &terms()).unwrap();
    assert_eq!((offer.protocol, offer.gross()), (Protocol::LeashMpp, Some((30_000, 0))));
    let sent = text("mpp_authorization").strip_prefix("PaymentScheme ").unwrap();
    assert_eq!(offer.header_name(), "authorization");
    // Each time it asks, the paywall makes another challenge, so only the shape is the same.
    let made = offer.header_value(decoded(sent)["signedTx"].as_str().unwrap());
    let mut made = decoded(made.strip_prefix("PaymentScheme ").unwrap());
    made["challengeId"] = decoded(sent)["challengeId"].clone();
    assert_eq!(made.to_string(), decoded(sent).to_string());
    assert!(Settlement::read(|name| (name == "x-payment-receipt").then(|| text("mpp_receipt"))).is_some());
}

#[test]
fn version_1_is_spoken_too() {
    let body = json!({"x402Version": 1, "error": "X-PAYMENT header is required", "accepts": [{
        "scheme": "exact", "network": "solana-devnet", "maxAmountRequired": "2500", "resource": "https://a.example/x",
        "description": "", "mimeType": "application/json", "payTo": "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa",
        "maxTimeoutSeconds": 60, "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU",
        "extra": {"feePayer": "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe"},
    }]});
    let offer = choose(&challenge(None, &body.to_string()).unwrap(), &terms()).unwrap();
    assert_eq!((offer.protocol, offer.gross()), (Protocol::X402V1, Some((2_500, 0))));
    assert_eq!(offer.header_name(), "x-payment");
    assert_eq!(
        offer.proof("AQ==").to_json(),
        r#"{"x402Version":1,"scheme":"exact","network":"solana-devnet","payload":{"transaction":"AQ=="}}"#
    );
    let mainnet = Terms { network: Network::Mainnet, ..terms() };
    let refusal = choose(&challenge(None, &body.to_string()).unwrap(), &mainnet).unwrap_err();
    assert_eq!(refusal.code, "wrong_network");
}
