//! Attacks on the evidence: a budget that is to be given back for money that left.

use std::sync::Arc;

use leash_tests::{Api, Reply};
use serde_json::{Value, json};

use super::{
    market::{Fault, GROSS, Market, NET, PAYMENT},
    paywall::{asked, demand, is_paid},
};

/// Pays a link whose seller takes the money and drops the connection.
pub(super) fn robbed(market: &Market) -> String {
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let before = market.spent();
    let (reached, status) = market.run_to_its_end(&["pay", &url], PAYMENT, Fault::Unanswered);
    assert!(reached);
    assert_ne!(status, Some(0));
    assert_eq!(market.spent(), before + GROSS, "it landed");
    url
}

pub(super) fn resolve(market: &Market) -> Value {
    market.home().leash(["payments", "resolve", "--json"]).outcome().json()
}

pub(super) fn receipts(market: &Market) -> Vec<Value> {
    let text = std::fs::read_to_string(market.money("receipts.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The payment lands, and then the account is named in more transactions than one list holds for a client that looks at
/// the latest 200.
#[test]
fn a_budget_is_not_given_back_for_money_that_left() {
    let market = Market::new();
    market.allow_daily("6");
    for round in 1..=3 {
        let _ = robbed(&market);
        market.name_account(210);
        market.expire_payments();
        let resolved = resolve(&market);
        assert_eq!(resolved["items"].as_array().unwrap().last().unwrap()["result"], "paid", "{resolved}");
        assert_eq!(market.counted(), round * GROSS);
    }
    assert!(receipts(&market).iter().all(|receipt| receipt["decision"] == "allow"));
}

/// It is found also where nobody asks for it, by the next command, behind the output.
#[test]
fn an_old_payment_blocks_no_new_one() {
    let market = Market::new();
    market.allow_daily("6");
    let _ = robbed(&market);
    market.name_account(205);
    let _ = market.rpc("leashSkipBlocks", &json!([200]));
    market.age_payments(63);
    for _ in 0..3 {
        let url = market.link("mpp", "GET", &json!({"ok": true}));
        let outcome = market.home().leash(["pay", &url, "--timeout", "10"]).ok();
        assert!(!outcome.stderr.contains("already"), "{outcome:?}");
        market.age_payments(301);
    }
    assert_eq!(market.counted(), GROSS + 3 * NET);
    let decisions: Vec<Value> = receipts(&market).iter().map(|receipt| receipt["decision"].clone()).collect();
    assert_eq!(decisions.iter().filter(|it| **it == "allow").count(), 4, "{decisions:?}");
    assert_eq!(decisions.len(), 4);
}

/// An endpoint that hides every payment of the agent's at honest heights, and waits out the clock.
fn hide(market: &Market) {
    let authority = "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W";
    let hidden: Arc<std::sync::Mutex<Vec<Value>>> = Arc::default();
    let origin = market.origin().to_owned();
    market.distort(Some(Arc::new(move |question, answer| match question["method"].as_str().unwrap() {
        "getSignaturesForAddress" => {
            // What pays the fee's collector is a payment.
            let account = leash_chain::Token::by_symbol(leash_chain::Network::Devnet, "USDC")
                .unwrap()
                .account_of(&authority.parse().unwrap());
            let list =
                json!({"jsonrpc": "2.0", "id": 1, "method": "getSignaturesForAddress", "params": [account]});
            let paid = super::market::post(&origin, "/rpc", &list)["result"].clone();
            let names: Vec<Value> =
                paid.as_array().unwrap().iter().map(|item| item["signature"].clone()).collect();
            if let Some(items) = answer["result"].as_array_mut() {
                items.retain(|item| !names.contains(&item["signature"]));
            }
            *hidden.lock().unwrap() = names;
        }
        "getTransaction" if hidden.lock().unwrap().contains(&question["params"][0]) => {
            answer["result"] = Value::Null;
        }
        _ => {}
    })));
}

/// An endpoint that says of every payment that it failed.
fn say_failed(market: &Market) {
    market.distort(Some(Arc::new(|question, answer| {
        if question["method"] == "getTransaction" && answer["result"].is_object() {
            answer["result"]["meta"]["err"] = json!({"InstructionError": [2, {"Custom": 1}]});
        }
    })));
}

/// Pays until the budget is used up, and gives how often that was.
fn pay_until_denied(market: &Market) -> u64 {
    for count in 0.. {
        let url = market.link("x402", "GET", &json!({"ok": true}));
        let _ = market.run_with(&["pay", &url], PAYMENT, Fault::Unanswered);
        let outcome = market.home().leash(["pay", &url, "--dry-run", "--json"]).outcome();
        if outcome.status == 125 {
            assert_eq!(outcome.json()["code"], "dailyBudgetExceeded");
            return count;
        }
    }
    unreachable!()
}

/// One endpoint's word releases one daily budget a day, and no more; then it is honest, and everything counts again.
fn bounded(lie: fn(&Market)) {
    let market = Market::new();
    // Three payments, and not quite four.
    market.allow_daily("0.04");
    lie(&market);
    let _ = pay_until_denied(&market);
    let first = market.spent();
    assert_eq!(first, 3 * GROSS);
    for _ in 0..3 {
        market.expire_payments();
        let _ = resolve(&market);
        let _ = pay_until_denied(&market);
    }
    assert!(market.spent() <= 80_000, "at most twice the daily budget: {}", market.spent());
    assert_eq!(market.spent(), 6 * GROSS);
    let shown = market.home().leash(["policy", "show", "--json"]).ok().json();
    assert_eq!(shown["released_today"]["one_endpoint"], "0.0303", "{shown}");
    assert_eq!(shown["withheld"].as_array().unwrap().len(), 3, "{shown}");
    assert!(shown["withheld"][0]["why"].as_str().unwrap().contains("one RPC endpoint"), "{shown}");
    let text = market.home().leash(["policy", "show"]).ok().stdout;
    assert!(text.contains("released:") && text.contains("withheld:"), "{text}");

    // An honest endpoint beside the one that lies: what was given back is found, and nothing more is paid until it counts.
    market.distort(None);
    market.age_payments(600);
    for _ in 0..2 {
        let free = market.home().leash(["pay", &format!("{}/v1/version", market.url())]).outcome();
        let found = free.status == 125 && free.stderr.contains("was given back and is on the chain");
        assert!(found || free.status == 0, "{free:?}");
    }
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    let refused = market.home().leash(["pay", &url, "--json"]).fails(125);
    assert_eq!(refused.json()["code"], "uncounted_payment", "{refused:?}");
    refused.assert_says("leash payments resolve");
    let spent = market.spent();
    let resolved = resolve(&market);
    let results: Vec<&str> =
        resolved["items"].as_array().unwrap().iter().map(|item| item["result"].as_str().unwrap()).collect();
    assert_eq!(results.iter().filter(|it| **it == "counted_again").count(), 3, "{resolved}");
    assert_eq!(market.counted(), spent);
    // The budget is used up, and that is the only reason.
    let denied = market.home().leash(["pay", &url, "--json"]).fails(125);
    assert_eq!(denied.json()["code"], "dailyBudgetExceeded", "{denied:?}");
}

#[test]
fn an_endpoint_that_hides_payments_releases_one_daily_budget() {
    bounded(hide);
}

#[test]
fn an_endpoint_that_says_failed_releases_one_daily_budget() {
    bounded(say_failed);
}

/// `lastValidBlockHeight: 1`: nothing is signed with it.
#[test]
fn a_last_height_that_is_over_is_not_signed_with() {
    let market = Market::new();
    let _ = market.rpc("leashSkipBlocks", &json!([500]));
    market.distort(Some(Arc::new(|question, answer| {
        if question["method"] == "getLatestBlockhash" {
            answer["result"]["value"]["lastValidBlockHeight"] = json!(1);
        }
    })));
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let document = market.home().leash(["pay", &url, "--json"]).fails(1).json();
    assert_eq!(document["code"], "rpc_malformed", "{document}");
    assert_eq!((market.spent(), market.payments().len()), (0, 0));
}

/// Heights that are far beyond the truth: within ten minutes nothing is released, whatever the endpoint says.
#[test]
fn a_height_that_is_invented_releases_nothing_within_ten_minutes() {
    let market = Market::new();
    market.allow_daily("6");
    let _ = robbed(&market);
    hide(&market);
    let _ = market.rpc("leashSkipBlocks", &json!([100_000]));
    market.age_payments(590);
    let resolved = resolve(&market);
    assert_eq!(resolved["items"][0]["result"], "still_counts", "{resolved}");
    assert_eq!(market.counted(), GROSS);
}

/// An answer that is a batch is no answer.
#[test]
fn an_endpoint_that_answers_in_batches_releases_nothing() {
    let market = Market::new();
    market.allow_daily("6");
    let _ = robbed(&market);
    market.expire_payments();
    market.distort(Some(Arc::new(|question, answer| {
        let mut first = answer.clone();
        if question["method"] == "getSignaturesForAddress" {
            first["result"] = json!([]);
        }
        *answer = json!([first, {"jsonrpc": "2.0", "id": question["id"], "result": 1_000_000}]);
    })));
    let outcome = market.home().leash(["payments", "resolve", "--json", "--timeout", "3"]).outcome();
    assert_eq!((outcome.status, &outcome.json()["items"][0]["result"]), (3, &json!("still_counts")));
    market.distort(None);
    assert_eq!(market.counted(), GROSS);
}

/// A second endpoint that is honest: what the first one hides counts, and what both say is released without a bound.
#[test]
fn a_second_endpoint_confirms_or_contradicts() {
    let market = Market::new();
    market.allow_daily("0.02");
    let settings = market.home().read(".config/leash/config.toml");
    let settings = format!("rpc_urls = [\"{}/rpc\"]\n{settings}", market.origin());
    market.home().write_private(".config/leash/config.toml", &settings);
    hide(&market);
    let _ = robbed(&market);
    market.expire_payments();
    assert_eq!(resolve(&market)["items"][0]["result"], "paid");
    assert_eq!(market.counted(), GROSS);
    // What was never taken, and both say so, five times in a row.
    let shop = Api::start(|request, _| if is_paid(request) { Reply::Close } else { demand(&asked("9000")) });
    for number in 0..5 {
        let _ = market.home().leash(["pay", &format!("{}/{number}", shop.url)]).fails(1);
        assert_eq!(market.counted(), GROSS + 9_000);
        market.expire_payments();
        let resolved = resolve(&market);
        assert!(
            resolved["items"].as_array().unwrap().iter().any(|item| item["result"] == "given_back"),
            "{resolved}"
        );
        assert_eq!(market.counted(), GROSS);
    }
    let shown = market.home().leash(["policy", "show", "--json"]).ok().json();
    assert_eq!(shown["released_today"]["two_endpoints"], "0.045", "{shown}");
}
