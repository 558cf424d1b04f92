//! Sellers of MPP as specified whose payments nobody sponsors, so that the executive pays the network's fee; and sellers who
//! name a blockhash.

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use leash_tests::{Api, Reply, Request};
use serde_json::{Value, json};

use super::{
    market::{Market, get, post},
    paywall::{SELLER, asked, is_paid},
};

fn demand() -> Reply {
    let asked = json!({
        "amount": "1000", "currency": "USDC", "recipient": SELLER, "methodDetails": {"network": "devnet"},
    });
    let challenge = format!(
        "www-authenticate: Payment id=\"1\", realm=\"shop\", method=\"solana\", intent=\"charge\", request=\"{}\"",
        URL_SAFE_NO_PAD.encode(asked.to_string())
    );
    Reply::with_headers(402, &[&challenge], &json!({}))
}

/// A shop that sends each payment to the chain.
fn shop(market: &Market) -> Api {
    let origin = market.origin().to_owned();
    Api::start(move |request: &Request, _| {
        let Some(header) = request.header("authorization") else { return demand() };
        let proof = URL_SAFE_NO_PAD.decode(header.strip_prefix("Payment ").unwrap()).unwrap();
        let proof: Value = serde_json::from_slice(&proof).unwrap();
        let params = json!([proof["payload"]["transaction"], {"encoding": "base64"}]);
        let question = json!({"jsonrpc": "2.0", "id": 1, "method": "sendTransaction", "params": params});
        let sent = post(&origin, "/rpc", &question);
        if sent["result"].is_string() { Reply::Json(200, json!({"sold": true})) } else { demand() }
    })
}

/// The executive's lamports.
fn lamports(market: &Market) -> u64 {
    let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
    market.rpc("getBalance", &json!([shown["executive_pubkey"]]))["result"]["value"].as_u64().unwrap()
}

#[test]
fn a_payment_that_would_fail_costs_the_executive_no_network_fee() {
    let market = Market::new();
    let shop = shop(&market);
    let before = lamports(&market);
    for (err, code, hint) in [
        // The recipient's account wants a memo, for example.
        (json!({"InstructionError": [2, {"Custom": 36}]}), "payment_would_fail", "tell the seller"),
        (json!({"InsufficientFundsForRent": {"account_index": 0}}), "insufficient_sol", "send SOL to"),
    ] {
        market.distort(Some(Arc::new(move |question, answer| {
            if question["method"] == "simulateTransaction" {
                answer["result"]["value"]["err"] = err.clone();
            }
        })));
        let document = market.home().leash(["pay", &shop.url, "--json"]).fails(1).json();
        assert_eq!(document["code"], code, "{document}");
        assert!(document["hint"].as_str().unwrap().contains(hint), "{document}");
    }
    assert!(!shop.requests().iter().any(is_paid));
    assert!(market.payments().is_empty());
    assert_eq!((market.spent(), lamports(&market)), (0, before));
    market.distort(None);
    let _ = market.home().leash(["pay", &shop.url]).ok();
    assert_eq!(market.spent(), 1_000);
    assert!((5_000..=7_000).contains(&(before - lamports(&market))));
}

#[test]
fn a_token_account_that_belongs_to_somebody_else_by_now_gets_nothing() {
    let market = Market::new();
    let shop = shop(&market);
    market.distort(Some(Arc::new(|question, answer| {
        if question["method"] == "getMultipleAccounts" {
            // Behind the treasury's account, the mint and the executive comes the recipient's account.
            let data = &mut answer["result"]["value"][3]["data"][0];
            let mut bytes = STANDARD.decode(data.as_str().unwrap()).unwrap();
            bytes[32..64].fill(9);
            *data = json!(STANDARD.encode(bytes));
        }
    })));
    let document = market.home().leash(["pay", &shop.url, "--json"]).fails(1).json();
    assert_eq!(document["code"], "recipient_account_unusable", "{document}");
    assert!(!shop.requests().iter().any(is_paid));
}

#[test]
fn an_answer_whose_payment_failed_on_the_chain_is_not_said_to_be_paid() {
    for words in [&["pay", "--json"][..], &["pay"]] {
        let market = Market::new();
        let shop = shop(&market);
        market.distort(Some(Arc::new(|question, answer| {
            if question["method"] == "getTransaction" && answer["result"].is_object() {
                answer["result"]["meta"]["err"] = json!({"InstructionError": [2, {"Custom": 1}]});
            }
        })));
        let outcome = market.inside(&[words, &[&shop.url]].concat()).ok();
        assert!(!outcome.stderr.contains("note: paid"), "{outcome:?}");
        if words.contains(&"--json") {
            let document = outcome.json();
            assert_eq!(
                (&document["paid_amount_atomic"], &document["confirmed"]),
                (&json!("0"), &json!(false)),
                "{document}"
            );
        } else {
            outcome.assert_says("the payment never took place");
        }
    }
}

/// In leash's layout nothing but memo and blockhash tells two payments of one price apart, and here the seller names both.
#[test]
fn a_seller_who_names_memo_and_blockhash_is_paid_twice_for_two_purchases() {
    let market = Market::new();
    let health = get(market.origin(), "/facilitator/health");
    let mut asks = asked("1000");
    asks["extra"] = json!({
        "feePayer": health["signers"][0], "memo": "the same",
        "leash.fee": {"v": "1", "bps": 100, "feeAuthority": health["protocol_fee"]["networks"]["devnet"]["authority"]},
        "recentBlockhash": market.rpc("getLatestBlockhash", &json!([]))["result"]["value"]["blockhash"],
    });
    let origin = market.origin().to_owned();
    let shop = Api::start(move |request: &Request, _| {
        let demand = json!({"x402Version": 2, "accepts": [asks]});
        let Some(header) = request.header("payment-signature") else { return Reply::Json(402, demand) };
        let proof: Value = serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap();
        let question = json!({"x402Version": 2, "paymentPayload": proof, "paymentRequirements": asks});
        let settled = post(&origin, "/facilitator/settle", &question);
        if settled["success"] != true {
            return Reply::Json(402, demand);
        }
        let header = format!("payment-response: {}", STANDARD.encode(settled.to_string()));
        Reply::with_headers(200, &[&header], &json!({"sold": true}))
    });
    let buy = |path: &str| {
        let url = format!("{}/{path}", shop.url);
        market.home().leash(["pay", &url, "--json"]).ok().json()["tx_signature"].clone()
    };
    let latest = || market.rpc("getLatestBlockhash", &json!([]))["result"]["value"]["blockhash"].clone();
    let (first, before) = (buy("1"), latest());
    // By one blockhash both would be the same transaction, whoever names it.
    while latest() == before {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_ne!(first, buy("2"));
    assert_eq!((market.spent(), market.counted()), (2 * 1_010, 2 * 1_010));
}
