//! Paywalls that want what nobody should give.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Address, Blockhash, Network, Order, Token, Transaction, Version, compile, ix, treasury};
use leash_tests::{Api, Reply, Request};
use serde_json::{Value, json};

use super::{
    market::{Market, WALLET},
    paywall::{SELLER, asked, demand, is_paid},
};

/// Pays it, which must fail, and gives the error's document. Nothing may have been sent to it as a payment.
fn refused(market: &Market, answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Value {
    let shop = Api::start(answer);
    let outcome =
        market.home().leash(["pay", &format!("{}/x", shop.url), "--json", "--timeout", "3"]).fails(1);
    assert!(!shop.requests().iter().any(is_paid), "{outcome:?}");
    assert!(market.payments().is_empty());
    assert!(!market.money("spending.jsonl").exists(), "{outcome:?}");
    outcome.json()
}

#[test]
fn nothing_is_signed_for_them() {
    let market = Market::new();
    let agent = market.home().read_json(".config/leash/agents/sandbox.json");
    let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
    let executive = shown["executive_pubkey"].as_str().unwrap().to_owned();
    assert!(agent["agent_mint"].is_string());
    for (path, value, code) in [
        ("/asset", json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"), "unknown_token"),
        ("/network", json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"), "wrong_network"),
        ("/scheme", json!("upto"), "unknown_scheme"),
        ("/extra/feePayer", json!(executive), "bad_fee_payer"),
        ("/payTo", json!(executive), "bad_recipient"),
        ("/amount", json!("-1000"), "bad_amount"),
        ("/extra/leash.fee", json!({"v": "1", "bps": 100, "feeAuthority": SELLER}), "bad_fee"),
        (
            "/extra/leash.fee",
            json!({"v": "1", "bps": 5_000, "feeAuthority": "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W"}),
            "bad_fee",
        ),
    ] {
        let mut asks = asked("1000");
        if path == "/extra/leash.fee" {
            asks["extra"]["leash.fee"] = value;
        } else {
            *asks.pointer_mut(path).unwrap() = value;
        }
        let document = refused(&market, move |_, _| demand(&asks));
        assert_eq!((&document["code"], &document["decision"]), (&json!(code), &json!("rejected")));
        assert_eq!(market.last_receipt()["reason"], code);
    }
    let raw = |text: &'static str| move |_: &Request, _: usize| Reply::Raw(text.as_bytes().to_vec());
    for (answer, code) in [
        ("HTTP/1.1 402 Pay\r\ncontent-length: 6\r\n\r\npay me", "unknown_protocol"),
        ("HTTP/1.1 402 Pay\r\npayment-required: %%%\r\ncontent-length: 0\r\n\r\n", "malformed_challenge"),
        ("HTTP/1.1 402 Pay\r\npayment-required: e30=\r\ncontent-length: 0\r\n\r\n", "unknown_protocol"),
        // Which of the two is meant isn't guessed.
        (
            "HTTP/1.1 402 Pay\r\npayment-required: e30=\r\npayment-required: e30=\r\ncontent-length: 0\r\n\r\n",
            "unknown_protocol",
        ),
        ("HTTP/1.1 402 Pay\r\npayment-required: \x01\r\n\r\n", "malformed"),
        ("HTTP/9 nonsense\r\n\r\n", "malformed"),
        ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\n\r\n", "redirect"),
        ("HTTP/1.1 307 Found\r\ncontent-length: 0\r\n\r\n", "redirect"),
    ] {
        assert_eq!(refused(&market, raw(answer))["code"], code, "{answer:?}");
    }
    let head = b"HTTP/1.1 402 Pay\r\n\r\n".to_vec();
    let endless = refused(&market, {
        let head = head.clone();
        move |_, _| Reply::Endless(head.clone(), vec![b' '; 65_536])
    });
    assert!(["too_large", "timeout"].contains(&endless["code"].as_str().unwrap()), "{endless}");
    assert_eq!(refused(&market, move |_, _| Reply::Drip(head.clone(), vec![b' ']))["code"], "timeout");
    assert_eq!(refused(&market, |_, _| Reply::Silence)["code"], "timeout");
    let _ = market.home().leash(["receipts", "verify"]).ok();
    assert_eq!(market.spent(), 0);
}

/// On the retry it wants something else. What was signed for it is never given more for.
#[test]
fn another_price_on_the_retry_is_not_paid() {
    let market = Market::new();
    for (path, value, says) in [
        ("/amount", json!("1000000"), "asks for 1 USDC in place of 0.001 USDC"),
        ("/asset", json!("4F6PM96JJxngmHnZLBh9n58RH4aTVNWvDs2nuwrT5BP7"), "in place of 0.001 USDC"),
        ("/network", json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"), "network"),
        ("/payTo", json!("8pGaWx1baPBK12j6B3QyGS4MQTeX42MgnJj231QsSu3X"), "a payment to 8pGa"),
        ("/amount", json!("1000"), "did not take the payment: Payment required"),
    ] {
        let mut second = asked("1000");
        *second.pointer_mut(path).unwrap() = value;
        let shop = Api::start(
            move |request, _| if is_paid(request) { demand(&second) } else { demand(&asked("1000")) },
        );
        let outcome = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).fails(1);
        let document = outcome.json();
        assert_eq!(document["code"], "payment_rejected", "{outcome:?}");
        outcome.assert_says(says);
        assert_eq!(market.last_receipt()["decision"], "rejected");
        let paid: Vec<_> = shop.requests().into_iter().filter(is_paid).collect();
        assert_eq!(paid.len(), 1, "{paid:?}");
        // The same command sends the same payment, and no other.
        let _ = market.home().leash(["pay", &format!("{}/x", shop.url)]).fails(1);
        let again: Vec<_> = shop.requests().into_iter().filter(is_paid).collect();
        assert_eq!(again.len(), 2);
        assert_eq!(paid[0].header("payment-signature"), again[1].header("payment-signature"));
        // Until it is void.
        let _ = market.rpc("leashSkipBlocks", &json!([200]));
    }
    let early = market.home().leash(["payments", "resolve"]).outcome();
    assert_eq!(early.status, 3, "{early:?}");
    market.expire_payments();
    let resolved = market.home().leash(["payments", "resolve", "--json"]).ok().json();
    assert_eq!((&resolved["count"], &resolved["unresolved"]), (&json!(5), &json!(0)), "{resolved}");
    assert_eq!(market.spent(), 0);
    let spending = std::fs::read_to_string(market.money("spending.jsonl")).unwrap();
    assert_eq!(spending.matches(r#""op":"release""#).count(), 5, "{spending}");
    market.assert_chain(0, "none");
}

/// It takes the money's promise, gives something, and says that it was settled by a transaction of somebody else's.
#[test]
fn a_claim_of_the_sellers_is_held_against_the_chain() {
    let market = Market::new();
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    let other =
        market.home().leash(["pay", &url, "--json"]).ok().json()["tx_signature"].as_str().unwrap().to_owned();
    let spent = market.spent();
    let shop = Api::start(move |request, _| {
        if !is_paid(request) {
            return demand(&asked("1000"));
        }
        Reply::with_headers(200, &[&format!("x-leash-tx-sig: {other}")], &json!({"ok": 1}))
    });
    let words = ["pay", &format!("{}/x", shop.url), "--json", "--timeout", "2"];
    let outcome = market.home().leash(words).ok();
    assert_eq!(
        (&outcome.json()["confirmed"], &outcome.json()["receipt_hash"]),
        (&json!(false), &Value::Null)
    );
    outcome.assert_says("the chain doesn't show the payment yet");
    assert_eq!(
        market.payments().iter().filter(|path| path.extension().is_some_and(|e| e == "json")).count(),
        1
    );
    market.expire_payments();
    let _ = market.home().leash(["pay", &format!("{}/v1/version", market.url())]).ok();
    assert!(market.entries()[0]["released_at"].is_i64());
    assert_eq!(market.last_receipt()["reason"], "not_settled");
    assert_eq!(market.spent(), spent);
    market.assert_chain(1, "the honest one");
}

#[test]
fn an_endpoint_that_lies_gets_nothing_signed() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    for (method, result) in [
        ("getAccountInfo", json!({"context": {"slot": 1}, "value": null})),
        ("getAccountInfo", json!(7)),
        (
            "getLatestBlockhash",
            json!({"context": {"slot": 1}, "value": {"blockhash": "nonsense", "lastValidBlockHeight": 5}}),
        ),
        (
            "getLatestBlockhash",
            json!({"context": {"slot": 1}, "value": {"blockhash": SELLER, "lastValidBlockHeight": 1_000_000}}),
        ),
    ] {
        market.lie(method, Some(&result));
        let outcome = market.home().leash(["pay", &url]).fails(1);
        assert!(!outcome.stderr.contains("note: paid"), "{outcome:?}");
        assert!(market.payments().is_empty());
    }
    assert_eq!(market.spent(), 0);
}

/// It names a transaction, instructions and recipients of its own. None of them is signed.
#[test]
fn nothing_that_a_paywall_wrote_is_signed() {
    let market = Market::new();
    let (thief, usdc) = (Address::new([7; 32]), Token::by_symbol(Network::Devnet, "USDC").unwrap());
    let from = usdc.account_of(&treasury(&market.mint()));
    let shown = market.home().leash(["agent", "show", "--json"]).ok().json();
    let me: Address = shown["executive_pubkey"].as_str().unwrap().parse().unwrap();
    let drain = ix::transfer_checked(usdc, &from, &usdc.account_of(&thief), &me, 90_000_000);
    let message = compile(Version::V0, Order::Text, &me, &[drain], Blockhash::new([1; 32])).unwrap();
    let drain = Transaction::unsigned(message).unwrap().to_base64().unwrap();
    let mut asks = asked("1000");
    asks["extra"]["transaction"] = json!(drain);
    asks["extra"]["instructions"] = json!([{"programId": usdc.program, "data": drain}]);
    asks["extra"]["splits"] = json!([{"recipient": thief, "amount": "90000000"}]);
    asks["transaction"] = json!(drain);
    asks["payToExtra"] = json!([thief]);
    let shop = Api::start(move |_, _| demand(&asks));
    let _ = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).fails(1);
    let paid = shop.requests().into_iter().find(is_paid).unwrap();
    let proof = STANDARD.decode(paid.header("payment-signature").unwrap()).unwrap();
    let proof: Value = serde_json::from_slice(&proof).unwrap();
    let signed = Transaction::from_base64(proof["payload"]["transaction"].as_str().unwrap()).unwrap();
    let steps = signed.message().describe();
    let does: Vec<_> = steps.iter().map(|step| step.does).collect();
    assert_eq!(does, ["compute_limit", "compute_price", "transfer_checked", "memo"]);
    let seller: Address = SELLER.parse().unwrap();
    let part =
        |name: &str| steps[2].accounts.iter().chain(&steps[2].values).find(|(part, _)| part == name).unwrap();
    assert_eq!(part("to").1, usdc.account_of(&seller).to_string());
    assert_eq!(part("amount").1, "1000");
    assert_eq!(market.spent(), 0);
}

/// Money that the endpoint invents, or a blockhash that is over: when the payment is tried it contradicts itself.
#[test]
fn what_an_endpoint_invents_is_found_out_before_anything_is_signed() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let stale = market.rpc("getLatestBlockhash", &json!([]))["result"].clone();
    let _ = market.rpc("leashSkipBlocks", &json!([200]));
    let now = market.rpc("getSlot", &json!([]))["result"].clone();
    let mut lie = stale;
    lie["context"]["slot"] = now;
    market.lie("getLatestBlockhash", Some(&lie));
    let document = market.home().leash(["pay", &url, "--json"]).fails(1).json();
    assert_eq!(
        (&document["code"], &document["decision"]),
        (&json!("stale_blockhash"), &json!("rejected")),
        "{document}"
    );
    assert_eq!(market.spent(), 0);
    assert!(market.payments().is_empty());
    market.lie("getLatestBlockhash", None);
    let _ = market.rpc("leashSkipBlocks", &json!([200]));
    // The account as it is while there is money in it, and then there is none.
    let usdc = Token::by_symbol(Network::Devnet, "USDC").unwrap();
    let account = usdc.account_of(&treasury(&market.mint()));
    let rich = market.rpc("getAccountInfo", &json!([account, {"encoding": "base64"}]))["result"].clone();
    let _ = market.home().leash(["treasury", "withdraw", "--all", "--to", WALLET, "--yes"]).ok();
    let before = market.balances();
    market.lie("getAccountInfo", Some(&rich));
    let other = market.link("x402", "GET", &json!({"other": true}));
    let document = market.home().leash(["pay", &other, "--json"]).fails(1).json();
    assert_eq!(document["code"], "insufficient_balance", "{document}");
    assert!(document["message"].as_str().unwrap().contains("contradicts itself"), "{document}");
    assert!(market.payments().is_empty());
    assert_eq!(market.balances(), before);
    let _ = market.home().leash(["receipts", "verify"]).ok();
}
