//! A shop that speaks version 1 of x402, and has the sandbox's facilitator settle.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_tests::{AGENT_1, Api, Reply, Request};
use serde_json::{Value, json};

use super::market::{FEE, GROSS, Market, NET, get, post};

/// What it asks for: version 1 names networks and amounts in its own way.
fn asked(market: &Market) -> Value {
    let health = get(market.origin(), "/facilitator/health");
    let authority = &health["protocol_fee"]["networks"]["devnet"]["authority"];
    let extra = json!({
        "feePayer": health["signers"][0],
        "leash.fee": {"v": "1", "bps": 100, "feeAuthority": authority},
    });
    json!({
        "scheme": "exact", "network": "solana-devnet", "maxAmountRequired": NET.to_string(),
        "resource": "http://127.0.0.1/quote", "description": "A quote", "mimeType": "application/json",
        "payTo": AGENT_1.treasury, "maxTimeoutSeconds": 60,
        "asset": "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", "outputSchema": null, "extra": extra,
    })
}

fn demand(asked: &Value, error: &str) -> Reply {
    Reply::Json(402, json!({"x402Version": 1, "error": error, "accepts": [asked]}))
}

fn sold() -> Value {
    json!({"quote": 42})
}

/// What the shop does with a request: 402, or settled and sold. The proofs that came are kept.
#[derive(Clone)]
struct Shop {
    facilitator: String,
    asks: Value,
    proofs: Arc<Mutex<Vec<Value>>>,
}

impl Shop {
    fn new(market: &Market) -> Self {
        Self { facilitator: market.origin().to_owned(), asks: asked(market), proofs: Arc::default() }
    }

    fn answer(&self, request: &Request) -> Reply {
        // Version 1 has one header, and no other counts.
        let Some(header) = request.header("x-payment") else {
            return demand(&self.asks, "X-PAYMENT header is required");
        };
        let proof: Value = serde_json::from_slice(&STANDARD.decode(header).unwrap()).unwrap();
        self.proofs.lock().unwrap().push(proof.clone());
        let question = json!({"x402Version": 1, "paymentPayload": proof, "paymentRequirements": self.asks});
        let verified = post(&self.facilitator, "/facilitator/verify", &question);
        let settled = post(&self.facilitator, "/facilitator/settle", &question);
        if settled["success"] != true {
            return demand(&self.asks, &format!("{verified} {settled}"));
        }
        let header = format!("x-payment-response: {}", STANDARD.encode(settled.to_string()));
        Reply::with_headers(200, &[&header], &sold())
    }
}

#[test]
fn version_1_is_paid_to_the_last_unit() {
    let market = Market::new();
    for (number, words) in
        [&[][..], &["--method", "POST", "--body", r#"{"q":1}"#], &["--max", "0.0101"]].into_iter().enumerate()
    {
        let shop = Shop::new(&market);
        let api = Api::start({
            let shop = shop.clone();
            move |request, _| shop.answer(request)
        });
        let before = market.balances();
        let url = format!("{}/quote", api.url);
        let words: Vec<&str> = ["pay", &url, "--json"].iter().chain(words).copied().collect();
        let document = market.home().leash(&words).ok().json();
        let after = market.balances();
        let moved = (before.0 - after.0, after.1 - before.1, after.2 - before.2);
        assert_eq!(moved, (GROSS, NET, FEE), "{document}");
        assert_eq!(document["paid_amount_atomic"], GROSS.to_string());
        assert_eq!(document["response_body"], sold().to_string());
        let proofs = shop.proofs.lock().unwrap().clone();
        assert_eq!(proofs.len(), 1);
        assert_eq!(proofs[0]["x402Version"], 1);
        assert_eq!(proofs[0]["network"], "solana-devnet");
        // The transaction that is named is the one that moved it.
        let found = market.rpc(
            "getTransaction",
            &json!([document["tx_signature"], {"encoding": "base64", "maxSupportedTransactionVersion": 0}]),
        );
        assert!(found["result"]["meta"]["err"].is_null() && found["result"]["slot"].is_u64(), "{found}");
        let methods: Vec<String> = api.requests().into_iter().map(|request| request.method).collect();
        assert_eq!(methods, vec![if words.contains(&"POST") { "POST" } else { "GET" }; 2]);
        market.assert_chain(number + 1, "version 1");
    }
    assert!(market.payments().is_empty());
}

/// Settled, and the answer is lost: what is sent again is the same payment, and the facilitator knows it.
#[test]
fn an_answer_of_version_1_that_is_lost_is_not_paid_for_twice() {
    let market = Market::new();
    let shop = Shop::new(&market);
    let lost = Arc::new(AtomicUsize::new(0));
    let api = Api::start({
        let (shop, lost) = (shop.clone(), lost.clone());
        move |request, _| {
            let reply = shop.answer(request);
            let paid = request.header("x-payment").is_some();
            if paid && lost.fetch_add(1, Ordering::SeqCst) == 0 { Reply::Close } else { reply }
        }
    });
    let url = format!("{}/quote", api.url);
    let outcome = market.home().leash(["pay", &url]).fails(1);
    outcome.assert_says("pays nothing twice");
    assert_eq!(market.spent(), GROSS);
    let outcome = market.home().leash(["pay", &url]).ok();
    assert_eq!(outcome.stdout, sold().to_string());
    assert_eq!(market.spent(), GROSS);
    let proofs = shop.proofs.lock().unwrap();
    assert_eq!((proofs.len(), &proofs[0]), (2, &proofs[1]));
    market.assert_chain(1, "a lost answer");
}

/// What version 1 must not ask for either, at first or on the retry.
#[test]
fn version_1_gets_no_more_than_it_should() {
    let market = Market::new();
    for (path, value, code) in [
        ("/network", json!("solana"), "wrong_network"),
        ("/network", json!("solana-testnet"), "wrong_network"),
        ("/network", json!("base-sepolia"), "wrong_network"),
        ("/asset", json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"), "unknown_token"),
        ("/maxAmountRequired", json!("0.01"), "bad_amount"),
        ("/maxAmountRequired", json!(10_000), "malformed_challenge"),
        ("/payTo", json!("nobody"), "bad_recipient"),
        ("/extra", json!({}), "bad_fee_payer"),
    ] {
        let mut asks = asked(&market);
        *asks.pointer_mut(path).unwrap() = value;
        let api = Api::start(move |_, _| demand(&asks, "pay"));
        let outcome = market.home().leash(["pay", &format!("{}/quote", api.url), "--json"]).fails(1);
        assert_eq!(outcome.json()["code"], code, "{path}: {outcome:?}");
        assert_eq!(api.requests().len(), 1);
    }
    let (first, mut second) = (asked(&market), asked(&market));
    second["maxAmountRequired"] = json!((NET * 1_000).to_string());
    let api = Api::start(move |request, _| {
        demand(if request.header("x-payment").is_some() { &second } else { &first }, "pay more")
    });
    let outcome = market.home().leash(["pay", &format!("{}/quote", api.url), "--json"]).fails(1);
    assert_eq!(outcome.json()["code"], "payment_rejected", "{outcome:?}");
    assert_eq!(market.spent(), 0);
    let _ = market.home().leash(["receipts", "verify"]).ok();
}
