//! Payments of plugins that are cut off, be it the plugin, its signer or its payer that dies: they are made once.

use leash_test_needs::needs;
use serde_json::{Value, json};

use super::{
    market::{Fault, GROSS, Market, PAYMENT, Victim},
    plugin::{AGAIN, NOTHING, PAY, SPEAKER, purchase},
};

fn sold() -> Value {
    json!({"quote": 42})
}

/// Cuts it off at every question, and runs it again: it must give what was bought, and nothing is paid but once.
fn at_every_question(fault: Fault, victim: &dyn Fn(&str) -> Victim) {
    let mut steps = 0;
    for number in 0.. {
        let market = Market::new();
        market.trusted("buyer", AGAIN, PAY);
        let url = market.link("x402", "GET", &sold());
        let what = format!("question {number}, {fault:?}, {:?}", victim(&url));
        if !market.cut(market.inside(&["buyer", "pay", &url]), number, fault, victim(&url)).0 {
            break;
        }
        steps += 1;
        // Once it has arrived, its payer brings it to its end without the plugin.
        if market.entries().iter().any(|entry| entry["answer"]["delivered"] == true) {
            market.until_over();
        }
        if market.money("receipts.jsonl").exists() && market.payments().is_empty() {
            // It came to its end in spite of that.
            assert_eq!(market.spent(), GROSS, "{what}");
        } else {
            let outcome = market.inside(&["buyer", "pay", &url]).outcome();
            assert_eq!(
                (outcome.status, outcome.stdout.as_str()),
                (0, sold().to_string().as_str()),
                "{what}: {outcome:?}"
            );
            assert_eq!(market.spent(), GROSS, "{what}: {outcome:?}");
            market.until_over();
        }
        market.assert_chain(1, &what);
        // In the plugin's own ledger, too, that payment counts and no other.
        let listed = market.inside(&["plugin", "which", "buyer", "--json"]).ok().json();
        assert_eq!(listed["items"][0]["paid_today"], "0.0101", "{what}");
    }
    // Price, treasury, blockhash, payment, height, transaction.
    assert!(steps >= 6, "{steps}");
}

#[test]
fn with_the_plugin_killed_before_any_question_it_is_paid_once() {
    at_every_question(Fault::KilledBefore, &|_| Victim::Started);
}

#[test]
fn with_the_payer_killed_after_any_answer_it_is_paid_once() {
    // While it publishes, its signer is gone already.
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    for number in 0..PAYMENT + 2 {
        let market = Market::new();
        market.trusted("buyer", AGAIN, PAY);
        let url = market.link("x402", "GET", &sold());
        let victim = Victim::Helper("leash-payer", url.clone());
        assert!(market.cut(market.inside(&["buyer", "pay", &url]), number, Fault::KilledAfter, victim).0);
        let outcome = market.inside(&["buyer", "pay", &url]).ok();
        assert_eq!(outcome.stdout, sold().to_string(), "{number}");
        assert_eq!(market.spent(), GROSS, "{number}: {outcome:?}");
        market.until_over();
        market.assert_chain(1, "killed");
    }
}

#[test]
fn with_the_signer_killed_around_the_payment_it_is_paid_once() {
    // Before a blockhash was had, and with the payment on its way and made.
    for (number, fault) in
        [(PAYMENT - 1, Fault::KilledBefore), (PAYMENT, Fault::KilledBefore), (PAYMENT, Fault::KilledAfter)]
    {
        let market = Market::new();
        market.trusted("buyer", AGAIN, PAY);
        let url = market.link("x402", "GET", &sold());
        let victim = Victim::Helper("leash-signer", url.clone());
        assert!(market.cut(market.inside(&["buyer", "pay", &url]), number, fault, victim).0);
        let outcome = market.inside(&["buyer", "pay", &url]).ok();
        assert_eq!(
            (outcome.stdout.as_str(), market.spent()),
            (sold().to_string().as_str(), GROSS),
            "{number}"
        );
        market.until_over();
        market.assert_chain(1, "killed");
    }
}

/// A payment of which nobody knows whether it was made counts, in the day's grant as well, until that is known.
#[test]
fn what_was_never_taken_is_given_back_to_the_grant() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let paid_today = || {
        let listed = market.inside(&["plugin", "which", "buyer", "--json"]).ok().json();
        listed["items"][0]["paid_today"].as_str().unwrap().to_owned()
    };
    let url = market.link("x402", "GET", &sold());
    let cut = market.inside(&["buyer", "pay", &url]);
    assert!(market.cut(cut, PAYMENT, Fault::KilledBefore, Victim::Helper("leash-payer", url.clone())).0);
    assert_eq!(paid_today(), "0.0101");
    market.expire_payments();
    // Whoever pays next, the user for one, looks after it.
    let other = market.link("mpp", "GET", &sold());
    let _ = market.inside(&["pay", &other]).ok();
    assert_eq!(paid_today(), "0");
    market.assert_chain(1, "the other one");
}

#[needs("python3")]
#[test]
fn what_was_not_said_to_have_arrived_is_had_again() {
    let market = Market::new();
    market.trusted("speaker", SPEAKER, PAY);
    let url = market.link("x402", "GET", &sold());
    let mut held = purchase(&url, "0.02");
    held["hold"] = json!(true);
    let first = market.asks("speaker", &held);
    assert_eq!(first["ok"]["resumed"], false, "{first}");
    let again = market.asks("speaker", &held);
    assert_eq!((&again["ok"]["resumed"], &again["ok"]["body"]), (&json!(true), &first["ok"]["body"]));
    // Another body is another request.
    let mut other = held.clone();
    other["body"] = json!("e30=");
    assert_ne!(other["body_sha256"], json!(NOTHING.to_uppercase()));
    assert_eq!(market.asks("speaker", &other)["err"]["code"], "bad_request");
    assert_eq!(market.spent(), GROSS);
    // What is said to have arrived is over.
    let done = format!("{held}\n{{\"id\":2,\"op\":\"pay_done\",\"answer\":\"?\"}}\n");
    let outcome = market.inside(&["speaker"]).input(done).ok();
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["ok"]["resumed"], &lines[1]["err"]["code"]), (&json!(true), &json!("bad_request")));
}
