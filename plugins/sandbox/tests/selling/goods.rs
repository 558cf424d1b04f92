//! What honest buyers get, and what the books say afterwards.

use ed25519_dalek::SigningKey;
use leash_chain::{Address, treasury};
use serde_json::{Value, json};

use crate::{
    buyer::{Bill, Buyer, paid, present},
    common::{Home, MINT, Request, document},
    shop::{Shop, error, unpack},
};

#[test]
fn a_get_link_is_paid_to_the_last_unit() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "price": "0.010001 USDC" }));
    let request = Request::new("GET", &path);
    let before = shop.books(&buyer);
    let answer = shop.server.send(&buyer.x402(&shop, &request, "one"));
    let tx_sig = paid(&answer);
    assert_eq!(answer.body, r#"{"ok":true}"#);
    // The fee is rounded up.
    let after = shop.books(&buyer);
    assert_eq!(
        [before[0] - after[0], after[1] - before[1], after[2] - before[2]],
        [10_001 + 101, 10_001, 101]
    );
    let proof = unpack(&answer, "payment-response");
    assert_eq!((&proof["success"], &proof["transaction"]), (&json!(true), &json!(tx_sig)));
    assert_eq!(proof["payer"], buyer.address().to_string().as_str());
    assert_eq!(answer.header("x-leash-agent"), Some(MINT));
    let landed = shop.rpc("getSignatureStatuses", &json!([[tx_sig]]));
    assert_eq!(landed["value"][0]["err"], json!(null));
    // The receipt and the counters tell the same.
    let receipts = shop.earned();
    assert_eq!(receipts.len(), 1);
    let receipt = &receipts[0];
    assert_eq!(answer.header("x-leash-receipt-hash"), receipt["receipt_hash"].as_str());
    assert_eq!(
        (&receipt["v"], &receipt["kind"], &receipt["nonce"]),
        (&json!("0.1"), &json!("earn"), &json!(0))
    );
    assert_eq!(receipt["price"]["amount"], "10001");
    assert_eq!((&receipt["price"]["fee"], &receipt["price"]["gross"]), (&json!("101"), &json!("10102")));
    assert_eq!(receipt["request"]["url"], format!("http://127.0.0.1:{}{path}", shop.server.port).as_str());
    assert_eq!(receipt["tx_sig"], tx_sig);
    let counters = shop.counters(&path);
    // Each call counts: the one that was not paid, and the one that was.
    assert_eq!((&counters["call_count"], &counters["settled_count"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&counters["last_tx_sig"], &counters["last_settled_amount_atomic"]),
        (&json!(tx_sig), &json!("10001"))
    );
    assert_eq!(counters["last_settled_currency"], "USDC");
}

#[test]
fn a_post_link_answers_a_post_by_either_protocol() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    for protocol in ["x402", "mpp"] {
        let path = shop.link(&json!({ "method": "POST", "protocol": protocol }));
        let wrong = shop.get(&path);
        assert_eq!((wrong.status, wrong.json()["error"].as_str()), (405, Some("method_not_allowed")));
        let request = Request::new("POST", &path).json(r#"{"q":"hi"}"#);
        let paying = match protocol {
            "x402" => buyer.x402(&shop, &request, "p"),
            _ => buyer.mpp(&shop, &request),
        };
        assert_eq!(shop.server.send(&paying).body, r#"{"ok":true}"#);
    }
    assert_eq!(shop.earned().len(), 2);
}

#[test]
fn mpp_costs_the_price_and_nothing_more() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "protocol": "mpp", "price": "0.03", "currency": "USDC" }));
    let before = shop.books(&buyer);
    let answer = shop.server.send(&buyer.mpp(&shop, &Request::new("GET", &path)));
    let tx_sig = paid(&answer);
    let after = shop.books(&buyer);
    assert_eq!([before[0] - after[0], after[1] - before[1], after[2] - before[2]], [30_000, 30_000, 0]);
    let proof = unpack(&answer, "x-payment-receipt");
    let slot =
        shop.rpc("getTransaction", &json!([tx_sig, { "maxSupportedTransactionVersion": 0 }]))["slot"].clone();
    assert_eq!((&proof["tx"], &proof["slot"]), (&json!(tx_sig), &slot));
    let receipt = &shop.earned()[0];
    assert_eq!((&receipt["v"], &receipt["protocol"]), (&json!("0.2"), &json!("mpp")));
    assert_eq!((&receipt["mpp_settlement_tx"], &receipt["mpp_settlement_slot"]), (&json!(tx_sig), &slot));
    assert_eq!(receipt["response"]["status"], 200);
}

#[test]
fn receipts_of_earnings_are_a_chain_that_verifies() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let links = [shop.link(&json!({})), shop.link(&json!({ "protocol": "mpp" })), shop.link(&json!({}))];
    for (round, path) in links.iter().cycle().take(6).enumerate() {
        let request = Request::new("GET", path);
        let paying = match round % 3 {
            1 => buyer.mpp(&shop, &request),
            _ => buyer.x402(&shop, &request, &format!("round {round}")),
        };
        paid(&shop.server.send(&paying));
    }
    let mut verifier = leash_receipts::Verifier::default();
    for receipt in shop.earned() {
        verifier.line(receipt.to_string().as_bytes()).unwrap();
    }
    assert_eq!(shop.earned().len(), 6);
}

#[test]
fn the_buyer_chooses_among_the_currencies_that_are_taken() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "price": "$0.02", "accepts_currencies": ["USDT", "USDG"] }));
    let request = Request::new("GET", &path);
    let required = unpack(&shop.server.send(&request), "payment-required");
    assert_eq!(required["accepts"].as_array().unwrap().len(), 3);
    let seller = treasury(&MINT.parse().unwrap());
    for (option, symbol) in ["USDC", "USDT", "USDG"].into_iter().enumerate() {
        let bill = Bill::x402(&required["accepts"][option], symbol);
        let wire = buyer.wire(&shop, &bill);
        paid(&shop.server.send(&present(&request, &required, option, &wire)));
        assert_eq!(shop.held(&seller, symbol), 20_000);
        assert_eq!(shop.counters(&path)["last_settled_currency"], symbol);
        // What was signed in one currency doesn't pay in another.
        let other = (option + 1) % 3;
        let wire = buyer.wire(&shop, &bill);
        let refused = shop.server.send(&present(&request, &required, other, &wire));
        assert_eq!(error(&refused), "invalid_exact_svm_payload_mint_mismatch");
    }
}

#[test]
fn links_that_cannot_be_paid_say_why() {
    let shop = Shop::new();
    let path = shop.link(&json!({ "id": "quote" }));
    let told = |path: &str| {
        let answer = shop.get(path);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        (answer.status, answer.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(told("/x/nope"), (404, "not_found".to_owned()));
    assert_eq!(told("/x/quote?network=solana-mainnet"), (404, "wrong_network".to_owned()));
    assert_eq!(told("/x/quote?network=mars"), (404, "wrong_network".to_owned()));
    // Without a network, or with its short name, the link is found.
    for path in ["/x/quote", "/x/quote?network=devnet", "/x/quote?network="] {
        assert_eq!(shop.get(path).status, 402, "{path}");
    }
    assert_eq!(shop.counters(&path)["call_count"], 3);
    shop.authed("PATCH", "/v1/payment-links/quote", &json!({ "disabled": true }));
    assert_eq!(told(&path), (410, "gone".to_owned()));
    shop.authed("DELETE", "/v1/payment-links/quote", &json!(null));
    assert_eq!(told(&path), (404, "not_found".to_owned()));
    // A link of that name that is made anew begins anew.
    shop.link(&json!({ "id": "quote" }));
    assert_eq!(shop.counters(&path)["call_count"], 0);
}

#[test]
fn a_browser_sees_a_page_and_may_ask_beforehand() {
    let shop = Shop::new();
    let path = shop.link(&json!({ "label": "<b>Quote</b>" }));
    let browser =
        Request::new("GET", &path).header("accept", "text/html").header("user-agent", "Mozilla/5.0");
    let page = shop.server.send(&browser);
    assert_eq!((page.status, page.header("content-type")), (402, Some("text/html; charset=UTF-8")));
    assert!(page.body.contains("&lt;b&gt;Quote") && !page.body.contains("<b>"), "{}", page.body);
    let asked = shop.server.send(&Request::new("OPTIONS", &path).header("origin", "https://a.example"));
    assert_eq!((asked.status, asked.header("access-control-allow-methods")), (204, Some("GET,POST,OPTIONS")));
}

#[test]
fn a_receipt_is_wrapped_around_the_answer_where_the_seller_wants_that() {
    let shop = Shop::new();
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "wrap_receipt": true }));
    let answer = shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "w"));
    let body = answer.json();
    assert_eq!(body["data"], json!({ "ok": true }));
    assert_eq!(body["_leash"]["tx_sig"], answer.header("x-leash-tx-sig").unwrap());
    assert_eq!(body["_leash"]["amount"], json!({ "amount": "10000", "currency": "USDC" }));
}

#[test]
fn a_delegate_pays_out_of_the_treasury() {
    let home = Home::new();
    // The agent that `up` makes has a treasury that its key may spend from.
    let up = document(&home.run(&["up", "--json"]));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(home.agent_file()).unwrap()).unwrap();
    let secret = file["executive_keypair"].as_str().unwrap();
    let bytes = bs58::decode(secret).into_vec().unwrap();
    let key = SigningKey::from_bytes(bytes[..32].try_into().unwrap());
    let mint: Address = up["agent_mint"].as_str().unwrap().parse().unwrap();
    let buyer = Buyer { key, owner: treasury(&mint) };
    assert!(home.run(&["down"]).status.success());
    // Another agent sells on the same chain.
    let server = home.serve(&[]);
    let key = server.create_key("shop");
    let shop = Shop { home, server, key };
    let path = shop.link(&json!({ "price": "1 USDC" }));
    let before = shop.held(&buyer.owner, "USDC");
    for (protocol, gross) in [("x402", 1_010_000), ("mpp", 1_000_000)] {
        shop.authed(
            "PATCH",
            path.split('?').next().unwrap().replace("/x/", "/v1/payment-links/").as_str(),
            &json!({ "protocol": protocol }),
        );
        let request = Request::new("GET", &path);
        let before = shop.held(&buyer.owner, "USDC");
        let paying =
            if protocol == "mpp" { buyer.mpp(&shop, &request) } else { buyer.x402(&shop, &request, "d") };
        paid(&shop.server.send(&paying));
        assert_eq!(before - shop.held(&buyer.owner, "USDC"), gross);
    }
    assert_eq!(before - shop.held(&buyer.owner, "USDC"), 2_010_000);
    assert_eq!(shop.held(&treasury(&MINT.parse().unwrap()), "USDC"), 2_000_000);
}
