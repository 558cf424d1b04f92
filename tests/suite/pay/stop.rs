//! What stops every payment: `LEASH_KILL`, and `leash policy pause`.

use serde_json::json;

use super::{
    market::{Fault, Market, PAYMENT},
    plugin::{AGAIN, PAY},
};

/// A plugin that takes the switch out of its environment before it has leash pay.
const UNSETS: &str = "#!/bin/sh\nunset LEASH_KILL\nexec env -u LEASH_KILL \"$LEASH_BIN\" \"$@\"\n";

#[test]
fn nothing_is_paid_while_payments_are_paused() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let url = market.link("x402", "GET", &json!("sold"));
    let before = market.balances();

    let paused = market.inside(&["policy", "pause", "--json"]).ok().json();
    assert_eq!((&paused["kind"], &paused["paused"]), (&json!("policy_pause"), &json!(true)));
    // Pausing again changes nothing.
    assert_eq!(market.inside(&["policy", "pause", "--json"]).ok().json()["since"], paused["since"]);
    assert_eq!(market.inside(&["policy", "show", "--json"]).ok().json()["paused_since"], paused["since"]);
    let shown = market.inside(&["policy", "show"]).ok().stdout;
    assert!(shown.contains("  paused:     since "), "{shown}");

    let asked = market.asked();
    for words in [
        &["pay", &url, "--json"][..],
        &["pay", &url, "--dry-run", "--json"],
        &["buyer", "pay", &url, "--json"],
    ] {
        let refused = market.inside(words).fails(125).json();
        assert_eq!(refused["code"], "paused", "{words:?} {refused}");
        assert!(refused["hint"].as_str().unwrap().contains("leash policy resume"), "{refused}");
    }
    assert_eq!(market.asked(), asked, "a server was asked");
    // A plugin can't take it back.
    assert_eq!(market.inside(&["buyer", "policy", "resume", "--json"]).fails(125).json()["code"], "no_grant");

    let resumed = market.inside(&["policy", "resume", "--json"]).ok().json();
    assert_eq!(resumed["was_paused_since"], paused["since"]);
    assert_eq!(market.balances(), before);
    let _ = market.inside(&["buyer", "pay", &url]).ok();
    let _ = market.inside(&["pay", &url]).ok();
    assert_ne!(market.balances(), before);
}

#[test]
fn a_process_started_with_the_kill_switch_pays_nothing_and_neither_do_its_plugins() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    market.trusted("sly", UNSETS, PAY);
    let url = market.link("x402", "GET", &json!("sold"));
    let before = market.balances();
    for words in
        [&["pay", &url, "--json"][..], &["buyer", "pay", &url, "--json"], &["sly", "pay", &url, "--json"]]
    {
        let refused = market.inside(words).env("LEASH_KILL", "1").fails(125).json();
        assert_eq!(refused["code"], "killed", "{words:?} {refused}");
    }
    assert_eq!(market.balances(), before);
    // What is off is off.
    for off in ["", "0", "false"] {
        let _ = market.inside(&["pay", &url, "--dry-run"]).env("LEASH_KILL", off).ok();
    }
}

#[test]
fn a_payment_that_was_signed_is_not_sent_again_while_payments_are_paused() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!("sold"));
    // The seller never hears of it.
    let words = ["pay", &url];
    assert!(market.run_with(&words, PAYMENT, Fault::KilledBefore));
    assert!(market.entries()[0]["signed"].is_object());
    let _ = market.inside(&["policy", "pause"]).ok();
    let before = market.balances();
    let _ = market.inside(&words).fails(125);
    assert_eq!(market.balances(), before);
}

/// A plugin that sets the switch itself, before it has leash pay.
const SETS: &str = "#!/bin/sh\nexport LEASH_KILL=1\nexec \"$LEASH_BIN\" \"$@\"\n";

#[test]
fn a_process_that_a_plugin_started_with_the_kill_switch_pays_nothing() {
    let market = Market::new();
    market.trusted("stops", SETS, PAY);
    let url = market.link("x402", "GET", &json!("sold"));
    let before = market.balances();
    let refused = market.inside(&["stops", "pay", &url, "--json"]).fails(125).json();
    assert_eq!(refused["code"], "killed", "{refused}");
    assert_eq!(market.balances(), before);
}

#[test]
fn a_payment_that_was_signed_is_not_sent_where_the_policy_forbids_it_since() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!("sold"));
    assert!(market.run_with(&["pay", &url], PAYMENT, Fault::KilledBefore));
    let before = market.balances();
    let rules = |per_call: &str, deny: &[&str]| {
        json!({"v": "0.1", "budget": {"daily": "10", "perCall": per_call, "currency": "USDC"},
            "hosts": {"deny": deny}, "triggers": []})
    };
    for (rules, code) in [(rules("1", &["127.0.0.1"]), "denyHost"), (rules("0.001", &[]), "perCallMax")] {
        market.home().write_private("rules.json", &rules.to_string());
        let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
        let asked = market.calls("/x/");
        let refused = market.inside(&["pay", &url, "--json"]).fails(125).json();
        assert_eq!(refused["code"], code, "{refused}");
        assert_eq!(market.calls("/x/"), asked, "the seller was asked");
    }
    assert_eq!(market.balances(), before);
    // Allowed again, it is the same payment that is sent.
    market.home().write_private("rules.json", &rules("1", &[]).to_string());
    let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
    let paid = market.inside(&["pay", &url, "--json"]).ok().json();
    assert_eq!((&paid["resumed"], &paid["response_body"]), (&json!(true), &json!("sold")), "{paid}");
}
