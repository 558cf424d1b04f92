//! The facilitator, for whoever sells elsewhere.

use serde_json::{Value, json};

use crate::{
    buyer::{Bill, Buyer},
    common::{MINT, Request},
    shop::{Shop, unpack},
};

fn post(shop: &Shop, path: &str, body: &Value) -> (u16, Value) {
    let answer = shop.server.send(&Request::new("POST", path).json(&body.to_string()));
    (answer.status, answer.json())
}

fn demand(shop: &Shop) -> Value {
    let path = shop.link(&json!({}));
    unpack(&shop.get(&path), "payment-required")["accepts"][0].clone()
}

fn body(demanded: &Value, wire: &str) -> Value {
    let payload = json!({ "x402Version": 2, "payload": { "transaction": wire }, "accepted": demanded });
    json!({ "x402Version": 2, "paymentPayload": payload, "paymentRequirements": demanded })
}

/// The same, as version 1 has it.
fn body_v1(demanded: &Value, wire: &str) -> Value {
    let mut demanded = demanded.clone();
    let members = demanded.as_object_mut().unwrap();
    let amount = members.remove("amount").unwrap();
    members.insert("maxAmountRequired".to_owned(), amount);
    members.insert("network".to_owned(), json!("solana-devnet"));
    let payload = json!({
        "x402Version": 1, "scheme": "exact", "network": "solana-devnet", "payload": { "transaction": wire },
    });
    json!({ "x402Version": 1, "paymentPayload": payload, "paymentRequirements": demanded })
}

#[test]
fn both_versions_verify_and_settle() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let demanded = demand(&shop);
    for (memo, body) in [("two", body as fn(&Value, &str) -> Value), ("one", body_v1)] {
        let wire = buyer.wire(&shop, &Bill::x402(&demanded, memo));
        let body = body(&demanded, &wire);
        let before = shop.books(&buyer);
        let payer = buyer.address().to_string();
        assert_eq!(post(&shop, "/verify", &body), (200, json!({ "isValid": true, "payer": payer })));
        assert_eq!(shop.books(&buyer), before);
        let (status, settled) = post(&shop, "/facilitator/settle", &body);
        assert_eq!((status, &settled["success"], &settled["payer"]), (200, &json!(true), &json!(payer)));
        assert_eq!(before[0] - shop.books(&buyer)[0], 10_100);
        // A lost answer is given again; nothing moves.
        assert_eq!(post(&shop, "/settle", &body).1, settled);
        assert_eq!(before[0] - shop.books(&buyer)[0], 10_100);
        // The same transaction for something else is refused.
        let mut other = body.clone();
        other["paymentPayload"]["resource"] = json!({ "url": "http://a.example" });
        assert_eq!(post(&shop, "/settle", &other).1["errorReason"], "duplicate_settlement");
    }
    // Nothing was sold here, so there is no receipt.
    assert!(shop.earned().is_empty());
}

#[test]
fn what_is_wrong_is_named() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let demanded = demand(&shop);
    let wire = buyer.wire(&shop, &Bill::x402(&demanded, "m"));
    for (path, value, told) in [
        ("/extra/feePayer", json!(""), "invalid_exact_svm_payload_missing_fee_payer"),
        ("/extra/feePayer", json!(MINT), "fee_payer_not_managed_by_facilitator"),
        ("/extra/leash.fee/bps", json!(99), "leash_fee_bps_mismatch"),
        ("/extra/leash.fee/feeAuthority", json!(MINT), "leash_fee_authority_mismatch"),
        ("/extra/leash.fee", json!(null), "leash_fee_required"),
        ("/extra/memo", json!("another"), "invalid_exact_svm_payload_memo_mismatch"),
        ("/amount", json!("1e4"), "invalid_exact_svm_payload_amount_mismatch"),
        ("/payTo", json!("nobody"), "invalid_exact_svm_payload_recipient_mismatch"),
        ("/asset", json!("nothing"), "invalid_exact_svm_payload_mint_mismatch"),
    ] {
        let mut bent = demanded.clone();
        bent["extra"]["memo"] = json!("m");
        *bent.pointer_mut(path).unwrap() = value;
        let (status, answer) = post(&shop, "/verify", &body(&bent, &wire));
        assert_eq!(
            (status, &answer["isValid"], &answer["invalidReason"]),
            (200, &json!(false), &json!(told))
        );
        let (status, answer) = post(&shop, "/settle", &body(&bent, &wire));
        assert_eq!((status, &answer["success"], &answer["errorReason"]), (200, &json!(false), &json!(told)));
        assert_eq!(answer["transaction"], "");
    }
    let mut elsewhere = body(&demanded, &wire);
    elsewhere["paymentPayload"]["accepted"]["network"] = json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp");
    assert_eq!(post(&shop, "/verify", &elsewhere).1["invalidReason"], "network_mismatch");
    let mut unknown = body(&demanded, &wire);
    unknown["paymentRequirements"]["network"] = json!("solana:mars");
    let (status, answer) = post(&shop, "/verify", &unknown);
    assert_eq!((status, &answer["error"]), (422, &json!("verify_failed")));
    unknown["paymentPayload"]["x402Version"] = json!(7);
    let (status, answer) = post(&shop, "/settle", &unknown);
    assert_eq!((status, &answer["message"]), (422, &json!("No facilitator registered for x402 version: 7")));
    for (bad, told) in [
        (json!([]), "invalid_json"),
        (json!({}), "missing_payment_payload"),
        (json!({ "paymentPayload": {} }), "missing_payment_requirements"),
    ] {
        assert_eq!(post(&shop, "/verify", &bad), (400, json!({ "error": told })));
    }
    let (_, failed) =
        post(&shop, "/verify", &body(&demanded, &Buyer::new(9).wire(&shop, &Bill::x402(&demanded, "m"))));
    assert_eq!(failed["invalidReason"], "transaction_simulation_failed");
    assert!(failed["invalidMessage"].is_string(), "{failed}");
}

#[test]
fn mpp_is_settled_once() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "protocol": "mpp" }));
    let challenge = shop.get(&path).json();
    let wire = buyer.wire(&shop, &Bill::mpp(&challenge));
    let body = json!({ "challenge": challenge, "signedTx": wire });
    let before = shop.books(&buyer);
    let (status, settled) = post(&shop, "/mpp/settle", &body);
    assert_eq!((status, &settled["success"]), (200, &json!(true)), "{settled}");
    assert_eq!(post(&shop, "/mpp/settle", &body), (200, settled));
    assert_eq!(before[0] - shop.books(&buyer)[0], 10_000);
    // What was settled here isn't settled for the link as well.
    let presented = crate::buyer::credential(&Request::new("GET", &path), &body["challenge"], &wire);
    let answer = shop.server.send(&presented);
    assert_eq!((answer.status, &answer.json()["error"]), (402, &json!("mpp_duplicate_settlement")));
    for (field, value, status, told) in [
        ("feePayer", json!(MINT), 422, "mpp_fee_payer_not_managed"),
        ("feePayer", json!(""), 400, "mpp_fee_payer_required"),
        ("network", json!("mars"), 400, "mpp_unknown_network"),
        ("network", json!("solana-testnet"), 400, "mpp_network_not_enabled"),
        ("amount", json!("9"), 422, "mpp_amount_mismatch"),
    ] {
        let mut bent = body.clone();
        bent["challenge"]["request"][field] = value;
        assert_eq!(post(&shop, "/mpp/settle", &bent), (status, json!({ "success": false, "error": told })));
    }
    assert_eq!(post(&shop, "/mpp/settle", &json!({})).1["error"], "mpp_missing_signed_tx");
}

#[test]
fn the_facilitator_is_the_same_after_a_kill_and_never_runs_dry() {
    let mut shop = Shop::new();
    let before = shop.get("/supported").body;
    shop.again();
    assert_eq!(shop.get("/supported").body, before);
    let buyer = shop.buyer(21);
    let demanded = demand(&shop);
    let facilitator = demanded["extra"]["feePayer"].clone();
    // It can pay fees as soon as it says that it would, and still can after a payment.
    assert!(shop.rpc("getBalance", &json!([facilitator]))["value"].as_u64() > Some(1_000_000_000));
    let wire = buyer.wire(&shop, &Bill::x402(&demanded, "m"));
    assert_eq!(post(&shop, "/settle", &body(&demanded, &wire)).1["success"], true);
    assert!(shop.rpc("getBalance", &json!([facilitator]))["value"].as_u64() > Some(1_000_000_000));
}
