//! What a plugin may not pay: each limit by itself, and two runs at once.

use std::process::Stdio;

use leash_test_needs::needs;
use leash_tests::{Api, Reply, Request, Terminal};
use serde_json::{Value, json};

use super::{
    market::{GROSS, Market},
    paywall::{asked, demand, is_paid},
    plugin::{AGAIN, PAY, SPEAKER, purchase},
};

fn rules(daily: &str, call: &str) -> Value {
    json!({"v": "0.1", "budget": {"daily": daily, "perCall": call, "currency": "USDC"}, "hosts": {}, "triggers": []})
}

fn policy(market: &Market, rules: &Value) {
    market.home().write_private("rules.json", &rules.to_string());
    let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
}

#[needs("python3")]
#[test]
fn what_the_grant_or_the_policy_does_not_allow_is_refused_and_nothing_signed() {
    let market = Market::new();
    market.trusted("speaker", SPEAKER, PAY);
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let elsewhere = url.replace("127.0.0.1", "localhost");
    let mut banned = rules("10", "1");
    banned["hosts"] = json!({"deny": ["127.0.0.1"]});
    let mut other_hosts = rules("10", "1");
    other_hosts["hosts"] = json!({"allow": ["a.example"]});
    for (asked, rules, code, reason, calls) in [
        // By the grant: whom, and how much, by what was said and by what it costs.
        (purchase(&elsewhere, "0.02"), None, "denied_scope", "allowHost", 0),
        (purchase(&url.replace("http://", "http://127.0.0.1@"), "0.02"), None, "bad_request", "usage", 0),
        (purchase(&url.replace("http", "ftp"), "0.02"), None, "bad_request", "", 0),
        (purchase(&format!("{url}\n"), "0.02"), None, "bad_request", "", 0),
        (purchase(&url, "0.020001"), None, "denied_scope", "perCallMax", 0),
        (purchase(&url, "-1"), None, "bad_request", "", 0),
        (purchase(&url, "0.01"), None, "denied_scope", "above_max", 1),
        // By the user's policy.
        (purchase(&url, "0.02"), Some(rules("10", "0.01")), "denied_scope", "perCallMax", 1),
        (purchase(&url, "0.02"), Some(rules("0.01", "1")), "denied_scope", "dailyBudgetExceeded", 1),
        (purchase(&url, "0.02"), Some(banned), "denied_scope", "denyHost", 0),
        (purchase(&url, "0.02"), Some(other_hosts), "denied_scope", "allowHost", 0),
    ] {
        if let Some(rules) = rules {
            policy(&market, &rules);
        }
        let before = market.calls("/x/");
        let answer = market.asks("speaker", &asked);
        assert_eq!(answer["err"]["code"], code, "{answer}");
        assert_eq!(answer["err"]["payment"]["reason"].as_str().unwrap_or_default(), reason, "{answer}");
        if code == "denied_scope" {
            assert!(answer["err"]["message"].as_str().unwrap().contains(reason), "{answer}");
        }
        assert_eq!(market.calls("/x/") - before, calls, "{answer}");
    }
    assert_eq!(market.spent(), 0);
    assert!(market.payments().is_empty());
    // Each left a line, and none of them is a signature.
    let shown = market.inside(&["audit", "show", "--json"]).ok().json();
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 11);
    assert!(items.iter().all(|item| item["decision"] != "signed" && item["pay"].is_object()), "{shown}");
    let _ = market.inside(&["audit", "verify"]).ok();
    let text = market.inside(&["audit", "show", "--last", "1"]).ok().stdout;
    assert!(text.contains("denied_scope") && text.contains("pay (allowHost) GET http://127.0.0.1"), "{text}");
}

#[test]
fn inside_a_plugin_the_statuses_are_those_of_leash_pay() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let document = market.inside(&["buyer", "pay", &url, "--json", "--max", "0.01"]).fails(125).json();
    assert_eq!((&document["code"], &document["decision"]), (&json!("above_max"), &json!("deny")));
    assert_eq!(document["quoted_amount_atomic"], GROSS.to_string());
    policy(&market, &rules("10", "0.001"));
    let document = market.inside(&["buyer", "pay", &url, "--json"]).fails(125).json();
    assert_eq!((&document["code"], &document["reason"]), (&json!("perCallMax"), &json!("perCallMax")));
    assert_eq!(document["receipt_hash"], market.last_receipt()["receipt_hash"]);
    // The environment only tightens.
    policy(&market, &rules("10", "1"));
    let tight = market.inside(&["buyer", "pay", &url, "--json"]).env("LEASH_PER_CALL_USDC", "0.001");
    assert_eq!(tight.fails(125).json()["code"], "perCallMax");
    let _ = market.home().leash(["treasury", "set-limit", "0", "--yes"]).ok();
    assert_eq!(market.inside(&["buyer", "pay", &url, "--json"]).fails(1).json()["code"], "no_delegate");
    assert_eq!(market.spent(), 0);
}

#[test]
fn a_locked_key_pays_nothing() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let url = market.link("x402", "GET", &json!({"ok": true}));
    market.home().write_private("passphrase", "correct horse battery staple");
    let file = market.home().join("passphrase");
    let protect = market.home().leash(["key", "protect"]).env("LEASH_PASSPHRASE_FILE", &file);
    let _ = protect.ok();
    let outcome = market.inside(&["buyer", "pay", &url]).fails(4);
    outcome.assert_says("locked");
    assert_eq!(market.calls("/x/"), 0);
    let open = market.inside(&["buyer", "pay", &url]).env("LEASH_PASSPHRASE_FILE", &file);
    let _ = open.ok();
    assert_eq!(market.spent(), GROSS);
}

#[test]
fn each_payment_is_asked_for_where_the_user_wants_it_so() {
    let market = Market::new();
    market.plugin("buyer", AGAIN, PAY);
    let _ = market.inside(&["plugin", "trust", "buyer", "--yes", "--consent", "each"]).ok();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    // Nobody is there to be asked.
    let setsid = market.home().run("setsid", ["--wait", "leash", "buyer", "pay", &url, "--json"]);
    let outcome = setsid.path(&[&market.home().join("bin"), &leash_tests::programs()]).outcome();
    assert_eq!(
        (outcome.status, &outcome.json()["code"]),
        (125, &json!("signer_denied_consent")),
        "{outcome:?}"
    );
    assert_eq!(market.spent(), 0);
}

/// Where any process may type into a terminal, no plugin that isn't confined has anybody asked.
#[needs("closed terminals")]
#[test]
fn a_payment_is_made_if_the_user_agrees_to_it() {
    let market = Market::new();
    market.plugin("buyer", AGAIN, PAY);
    let _ = market.inside(&["plugin", "trust", "buyer", "--yes", "--consent", "each"]).ok();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    for (answer, spent) in [("n\n", 0), ("y\n", GROSS)] {
        let mut terminal = Terminal::shell(market.home());
        terminal.wait_for("at-1$ ");
        terminal.type_in(&format!("leash buyer pay '{url}'\n"));
        terminal.wait_for(&format!("0.0101 USDC for GET {url}"));
        terminal.wait_for("Pay it? [y/N] ");
        terminal.type_in(answer);
        terminal.wait_for("at-2$ ");
        terminal.type_in("exit 0\n");
        let _ = terminal.end();
        assert_eq!(market.spent(), spent);
    }
}

#[test]
fn runs_at_once_never_spend_more_than_the_day_allows() {
    let market = Market::new();
    // Two of 0.0101, and not quite three.
    market.trusted("buyer", AGAIN, &PAY.replace("0.0202", "0.030299"));
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let start = |number: usize| {
        let mut run = market.inside(&["buyer", "pay", &format!("{url}&n={number}")]);
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run.command.spawn().unwrap()
    };
    let running: Vec<_> = (0..5).map(start).collect();
    let mut statuses = Vec::new();
    for child in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        statuses.push((output.status.code(), said));
    }
    let count = |status: i32| statuses.iter().filter(|(ended, _)| *ended == Some(status)).count();
    assert_eq!((count(0), count(125)), (2, 3), "{statuses:#?}");
    assert_eq!(market.spent(), 2 * GROSS);
    market.until_over();
    market.assert_chain(2, "five at once");
    let quota = market.audited().iter().filter(|(decision, ..)| decision == "quota").count();
    assert_eq!(quota, 3);
}

type Answer = Box<dyn Fn(&Request, usize) -> Reply + Send + Sync>;

/// A shop and a plugin may be the same person's: the plugin gets no more out of it than its limits.
#[test]
fn shops_that_want_what_nobody_should_give_get_nothing_through_a_plugin() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, &PAY.replace("0.0202", "1"));
    let pays = |answer: Answer, status: i32| {
        let shop = Api::start(answer);
        let words = ["--timeout", "3", "buyer", "pay", &format!("{}/x", shop.url), "--json"];
        let outcome = market.inside(&words).fails(status);
        (outcome.json(), shop.requests().iter().filter(|request| is_paid(request)).count())
    };
    let mut elsewhere = asked("1000");
    elsewhere["asset"] = json!("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");
    let (document, paid) = pays(Box::new(move |_, _| demand(&elsewhere)), 1);
    assert_eq!((&document["code"], paid), (&json!("unknown_token"), 0));
    let (document, paid) = pays(Box::new(|_, _| demand(&asked("20001"))), 125);
    assert_eq!((&document["code"], paid), (&json!("above_max"), 0));
    let (document, paid) =
        pays(Box::new(|_, _| Reply::Endless(b"HTTP/1.1 402 Pay\r\n\r\n".to_vec(), vec![b' '; 65_536])), 1);
    assert!(["too_large", "timeout"].contains(&document["code"].as_str().unwrap()), "{document}");
    assert_eq!(paid, 0);
    let (document, _) = pays(Box::new(|_, _| Reply::Silence), 1);
    assert_eq!(document["code"], "timeout");
    // One that wants more once it was paid has one payment, of what it asked for first, and sells nothing for it.
    let (document, paid) =
        pays(Box::new(|request, _| demand(&asked(if is_paid(request) { "1000000" } else { "1000" }))), 1);
    assert_eq!((&document["code"], paid), (&json!("payment_rejected"), 1), "{document}");
    assert!(
        document["message"].as_str().unwrap().contains("asks for 1 USDC in place of 0.001 USDC"),
        "{document}"
    );
    assert_eq!(market.spent(), 0);
    let _ = market.home().leash(["receipts", "verify"]).ok();
}
