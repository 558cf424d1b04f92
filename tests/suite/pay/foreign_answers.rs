//! What sellers in the standard layout say after a payment was signed, and before: failures, changes, and accounts that aren't there.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::Address;
use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::{
    market::Market,
    paywall::is_paid,
    seller::{DEVNET, Seller, challenge, demand_by, mpp, required, x402, x402_v1},
};

/// The header of x402 that says how a payment went.
fn said(name: &str, document: &Value) -> String {
    format!("{name}: {}", STANDARD.encode(document.to_string()))
}

#[test]
fn an_answer_whose_settlement_failed_is_delivered_and_the_amount_counts() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let reason = "insufficient_funds \u{1b}[31mred\u{202e}";
    let failure = json!({"success": false, "errorReason": reason, "transaction": "", "network": DEVNET});
    let mut paid = 0;
    for (name, demand) in [
        ("payment-response", x402(&json!([seller.entry("1000")]))),
        ("x-payment-response", x402_v1(&json!([seller.entry_v1("1000", "solana-devnet")]))),
    ] {
        let header = said(name, &failure);
        let shop = Api::start(move |request, _| {
            if !is_paid(request) {
                return demand.clone();
            }
            Reply::with_headers(200, &[&header], &json!({"goods": "sold"}))
        });
        let words = ["pay", &format!("{}/x", shop.url)];
        let outcome = market.home().leash(words).ok();
        assert_eq!(outcome.stdout, r#"{"goods":"sold"}"#, "{outcome:?}");
        outcome.assert_says("says that the payment wasn't settled (insufficient_funds ");
        assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stderr.contains('\u{202e}'), "{outcome:?}");
        paid += 1_000;
        assert_eq!((market.counted(), market.spent()), (paid, 0), "it may still land");
        assert!(market.entries().iter().all(|entry| entry["signed"].is_object()));
        let document = market.home().leash(["payments", "list", "--json"]).ok().json();
        assert_eq!(
            document["items"].as_array().unwrap().len(),
            usize::try_from(paid / 1_000).unwrap(),
            "{document}"
        );
    }
    // It never landed, so it is given back.
    market.expire_payments();
    let _ = market.home().leash(["payments", "resolve"]).ok();
    assert_eq!((market.counted(), market.spent()), (0, 0));
    market.assert_chain(0, "none settled");
}

#[test]
fn a_failure_that_the_chain_contradicts_is_a_payment() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let (demand, dishonest) = (x402(&json!([seller.entry("1000")])), seller.clone());
    let shop = Api::start(move |request, _| {
        if !is_paid(request) {
            return demand.clone();
        }
        dishonest.settle(request).unwrap();
        let failure = said("payment-response", &json!({"success": false, "errorReason": "no"}));
        Reply::with_headers(200, &[&failure], &json!({"goods": "sold"}))
    });
    let document = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).ok().json();
    assert_eq!((&document["confirmed"], &document["unsettled"]), (&json!(true), &json!("no")), "{document}");
    assert_eq!((market.counted(), market.spent()), (1_000, 1_000));
    market.assert_chain(1, "settled all the same");
}

/// A `402` beside the header of a failure: its reason is told, and nothing else is signed.
#[test]
fn a_payment_that_is_refused_is_refused_in_the_sellers_words() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let failure =
        said("payment-response", &json!({"success": false, "errorReason": "invalid_exact_svm\u{1b}[2J"}));
    let again = demand_by(&[required(&json!([seller.entry("1000")])), failure], &json!({}));
    let demand = x402(&json!([seller.entry("1000")]));
    let shop = Api::start(move |request, _| if is_paid(request) { again.clone() } else { demand.clone() });
    let outcome = market.home().leash(["pay", &format!("{}/x", shop.url)]).fails(1);
    outcome.assert_says("the paywall did not take the payment: invalid_exact_svm");
    assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:?}");
    assert_eq!(shop.requests().iter().filter(|request| is_paid(request)).count(), 1);
    assert_eq!((market.counted(), market.spent()), (1_000, 0));
}

/// What is asked for the second time is never paid, be it less, more, or to somebody else.
#[test]
fn a_challenge_that_changes_after_the_question_is_not_paid_again() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let entry = |amount: &str| x402(&json!([seller.entry(amount)]));
    let charge = |id: &str, amount: &str| mpp(id, &seller.charge(amount, true));
    let mut elsewhere = seller.charge("1000", true);
    elsewhere["recipient"] = json!(Address::new([9; 32]));
    for (first, second, says) in [
        (entry("1000"), entry("900000"), "asks for 0.9 USDC in place of 0.001 USDC"),
        (entry("1000"), entry("1"), "asks for 0.000001 USDC in place of 0.001 USDC"),
        (charge("a", "1000"), charge("b", "900000"), "asks for 0.9 USDC in place of 0.001 USDC"),
        (charge("a", "1000"), mpp("b", &elsewhere), "asks for a payment to "),
        (charge("a", "1000"), charge("b", "1000"), "did not take the payment"),
        // Another protocol, and cheaper.
        (entry("1000"), charge("b", "10"), "asks for 0.00001 USDC in place of 0.001 USDC"),
    ] {
        let shop =
            Api::start(move |request, _| if is_paid(request) { second.clone() } else { first.clone() });
        let url = format!("{}/x", shop.url);
        let outcome = market.home().leash(["pay", &url, "--json"]).fails(1);
        assert_eq!(outcome.json()["code"], "payment_rejected", "{outcome:?}");
        outcome.assert_says(says);
        // The same command asks for no other price, and sends the same payment.
        let _ = market.home().leash(["pay", &url]).fails(1);
        let requests = shop.requests();
        let sent: Vec<_> = requests
            .iter()
            .filter(|request| is_paid(request))
            .map(|request| request.header("authorization").or_else(|| request.header("payment-signature")))
            .collect();
        assert_eq!((requests.len(), sent.len()), (3, 2));
        assert_eq!(sent[0], sent[1]);
    }
    assert_eq!((market.counted(), market.spent()), (6_000, 0));
    assert!(seller.payments().is_empty());
}

#[test]
fn a_recipient_without_an_account_is_named_and_nothing_is_signed() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let nobody = Address::new([5; 32]);
    let mut entry = seller.entry("1000");
    entry["payTo"] = json!(nobody);
    let mut v1 = seller.entry_v1("1000", DEVNET);
    v1["payTo"] = json!(nobody);
    let mut charge = seller.charge("1000", true);
    charge["recipient"] = json!(nobody);
    for demand in [x402(&json!([entry])), x402_v1(&json!([v1])), mpp("c", &charge)] {
        let shop = seller.open(demand);
        let outcome = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).fails(1);
        let document = outcome.json();
        assert_eq!(document["code"], "recipient_account_missing", "{document}");
        outcome.assert_says(&format!("the recipient `{nobody}` has no token account for USDC"));
        outcome.assert_says("nothing was signed");
        assert_eq!(shop.requests().len(), 1);
        assert_eq!(market.last_receipt()["reason"], "recipient_account_missing");
    }
    assert!(market.payments().is_empty() && !market.money("spending.jsonl").exists());
}

/// An MPP seller whose challenge is over by the time that it is looked at.
#[test]
fn an_expired_challenge_is_not_paid() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let old = format!(r#"{}, expires="2020-01-01T00:00:00Z""#, challenge("c", &seller.charge("1000", true)));
    let shop = seller.open(demand_by(&[old], &json!({})));
    let document = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).fails(1).json();
    assert_eq!(document["code"], "expired_offer", "{document}");
    assert_eq!(shop.requests().len(), 1);
    assert!(market.payments().is_empty());
}

/// A seller that lets the payment pass its hands twice settles it once.
#[test]
fn a_payment_that_is_settled_by_somebody_else_is_found_on_the_chain() {
    let market = Market::new();
    let seller = Seller::new(&market);
    let settled = Arc::new(Mutex::new(None));
    let (demand, other, kept) = (x402(&json!([seller.entry("1000")])), seller.clone(), settled.clone());
    let shop = Api::start(move |request, _| {
        if !is_paid(request) {
            return demand.clone();
        }
        *kept.lock().unwrap() = Some(other.settle(request).unwrap());
        // It says nothing at all of the payment.
        Reply::Json(200, json!({"goods": "sold"}))
    });
    let document = market.home().leash(["pay", &format!("{}/x", shop.url), "--json"]).ok().json();
    assert_eq!(document["tx_signature"].as_str(), settled.lock().unwrap().as_deref(), "{document}");
    assert_eq!((&document["confirmed"], market.counted()), (&json!(true), 1_000));
    market.assert_chain(1, "found on the chain");
}
