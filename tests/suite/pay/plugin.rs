//! Plugins that pay: within the policy and their grants, through a signer that makes what it signs by itself.

use std::{fs, path::PathBuf};

use leash_test_needs::needs;
use leash_tests::{Outcome, Run};
use serde_json::{Value, json};

use super::market::{GROSS, Market, NET};

/// A plugin that is whatever leash is asked for inside it.
pub(super) const AGAIN: &str = "#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n";

/// Speaks to its signer itself: says the frames that it is given, one a line, and prints the answers.
pub(super) const SPEAKER: &str = r#"#!/usr/bin/env python3
import os, socket, struct, sys
stream = socket.socket(fileno=os.dup(int(os.environ["LEASH_SIGNER"].removeprefix("fd:"))))
def say(frame):
    stream.sendall(struct.pack(">I", len(frame)) + frame)
    head = stream.recv(4, socket.MSG_WAITALL)
    if len(head) < 4: return None
    return stream.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL).decode()
say(b'{"id":0,"op":"hello","v":[1]}')
for line in sys.stdin:
    print(say(line.rstrip("\n").encode()), flush=True)
"#;

/// What is asked for in most tests: two payments of the market's links in one day.
pub(super) const PAY: &str =
    "[pay]\nmax_per_call = \"0.02\"\nmax_per_day = \"0.0202\"\nhosts = [\"127.0.0.1\"]\n";

/// SHA-256 of nothing.
pub(super) const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl Market {
    /// Makes a plugin on PATH, with a manifest that ends in `rest`.
    pub(crate) fn plugin(&self, name: &str, program: &str, rest: &str) {
        let head = format!("schema = 1\nprotocol = [1]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        self.home().write_private(&format!("bin/leash-{name}.toml"), &(head + rest));
        let _ = self.home().write_script(&format!("bin/leash-{name}"), program);
    }

    /// Makes one and trusts it.
    pub(super) fn trusted(&self, name: &str, program: &str, rest: &str) {
        self.plugin(name, program, rest);
        let _ = self.inside(&["plugin", "trust", name, "--yes"]).ok();
    }

    /// leash, with the plugins on its PATH.
    pub(crate) fn inside(&self, words: &[&str]) -> Run {
        let bin: PathBuf = self.home().join("bin");
        self.home().leash(words).path(&[&bin, &leash_tests::programs()])
    }

    /// What a plugin's signer answers to one request of its own making.
    pub(super) fn asks(&self, plugin: &str, request: &Value) -> Value {
        let outcome = self.inside(&[plugin]).input(format!("{request}\n")).outcome();
        let first = outcome.stdout.lines().next().unwrap_or_else(|| panic!("{outcome:?}"));
        serde_json::from_str(first).unwrap_or_else(|_| panic!("{outcome:?}"))
    }

    /// Waits until nothing is under way: what was bought is there before the API is told of it.
    pub(super) fn until_over(&self) {
        let begun = std::time::Instant::now();
        while !self.payments().is_empty() {
            assert!(begun.elapsed().as_secs() < 60, "{:?}", self.payments());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// The lines of the audit log, as decision, gross and reason.
    pub(super) fn audited(&self) -> Vec<(String, String, String)> {
        let _ = self.inside(&["audit", "verify"]).ok();
        let shown = self.inside(&["audit", "show", "--json"]).ok().json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |item: &Value| {
            assert_eq!(item["pay"]["host"], "127.0.0.1", "{item}");
            (text(&item["decision"]), text(&item["pay"]["gross"]), text(&item["pay"]["reason"]))
        };
        shown["items"].as_array().unwrap().iter().map(line).collect()
    }
}

/// A request for a payment.
pub(super) fn purchase(url: &str, max: &str) -> Value {
    json!({"id": 1, "op": "pay", "url": url, "method": "GET", "body_sha256": NOTHING, "max": max})
}

fn refused(outcome: &Outcome, code: &str) -> Value {
    let document = outcome.json();
    assert_eq!(document["code"], code, "{document}");
    document
}

#[test]
fn it_buys_within_its_limits_and_the_ledger_moves_by_that() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let sold = json!({"ok": true, "n": [1, 2]});
    let url = market.link("x402", "POST", &sold);
    let before = market.balances();
    let outcome = market.inside(&["buyer", "pay", &url, "--body", r#"{"q":1}"#]).ok();
    assert_eq!(outcome.stdout, sold.to_string());
    outcome.assert_says("note: paid 0.0101 USDC (net 0.01, fee 0.0001)");
    outcome.assert_says("note: receipt ");
    let after = market.balances();
    assert_eq!((before.0 - after.0, after.1 - before.1, after.2 - before.2), (GROSS, NET, GROSS - NET));
    market.assert_chain(1, "one bought");
    market.until_over();
    // The document is that of `leash pay` at the top.
    let inside = market.inside(&["buyer", "pay", &url, "--body", "{}", "--json"]).ok().json();
    let outside = market.inside(&["pay", &url, "--body", "{}", "--json"]).ok().json();
    let names = |document: &Value| document.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&inside), names(&outside));
    assert_eq!((&inside["gross"], &inside["response_body"]), (&outside["gross"], &outside["response_body"]));
    // The day's grant is used up; the user's own budget isn't, as the payment at the top shows.
    let outcome = market.inside(&["buyer", "pay", &url, "--body", "{}", "--json"]).fails(125);
    let document = refused(&outcome, "dailyBudgetExceeded");
    assert!(document["hint"].as_str().unwrap().contains("--max-spend-per-day"), "{document}");
    let lines = market.audited();
    let line = |decision: &str, gross: &str, reason: &str| (decision.into(), gross.into(), reason.into());
    let expected = [
        line("signed", "0.0101", ""),
        line("signed", "0.0101", ""),
        line("quota", "", "dailyBudgetExceeded"),
    ];
    assert_eq!(lines, expected);
    let listed = market.inside(&["plugin", "which", "buyer", "--json"]).ok().json();
    assert_eq!(listed["items"][0]["paid_today"], "0.0202");
    assert_eq!(listed["items"][0]["grant"]["pay"]["max_per_call"], "0.02");
    // What became of it is known in its own ledger, too.
    let spending = market.home().read(".local/share/leash/trust/spending/buyer.jsonl");
    assert_eq!(spending.matches(r#""op":"settle""#).count(), 2, "{spending}");
    market.until_over();
    // The API was told of the receipts, with a key that the plugin never saw.
    let listed =
        market.inside(&["receipts", "--json", "--direction", "outgoing"]).env("LEASH_API_KEY", market.key());
    assert_eq!(listed.ok().stdout.matches("\"allow\"").count(), 3);
}

#[needs("python3")]
#[test]
fn without_a_grant_for_it_nothing_is_paid_and_the_way_to_it_is_said() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let keys = "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/agents/{mint}/api-keys\" }]\n";
    market.trusted("keys", AGAIN, keys);
    market.plugin("buyer", AGAIN, PAY);
    let _ = market.inside(&["plugin", "trust", "buyer", "--yes", "--without-pay"]).ok();
    for (name, grants) in [("keys", keys), ("buyer", "")] {
        let outcome = market.inside(&[name, "pay", &url]).fails(125);
        if !grants.is_empty() {
            outcome.assert_says("`[pay]`");
            outcome.assert_says(&format!("leash plugin trust {name}"));
        }
    }
    market.trusted("speaker", SPEAKER, keys);
    let answer = market.asks("speaker", &purchase(&url, "1"));
    assert_eq!(answer["err"]["code"], "denied_scope", "{answer}");
    assert_eq!(market.calls("/x/"), 0);
    assert_eq!(market.spent(), 0);
}

#[test]
fn trust_shows_it_and_a_change_of_it_ends_the_grant() {
    let market = Market::new();
    market.plugin("buyer", AGAIN, PAY);
    let outcome = market.inside(&["plugin", "trust", "buyer"]).fails(2);
    outcome.assert_says("may pay      127.0.0.1");
    outcome.assert_says("$0.02 at once, $0.0202 in one day");
    let narrowed = [
        "plugin",
        "trust",
        "buyer",
        "--yes",
        "--json",
        "--max-per-call",
        "0.015",
        "--max-spend-per-day",
        "0.02",
    ];
    let document = market.inside(&narrowed).ok().json();
    assert_eq!(
        document["grant"]["pay"],
        json!({"max_per_call": "0.015", "max_per_day": "0.02", "hosts": ["127.0.0.1"]})
    );
    let _ = market.inside(&["plugin", "trust", "buyer", "--yes", "--only-host", "a.example"]).fails(2);
    let _ = market.inside(&["plugin", "trust", "buyer", "--yes", "--max-per-call", "1e3"]).fails(2);
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let _ = market.inside(&["buyer", "pay", &url]).ok();
    market.plugin("buyer", AGAIN, &PAY.replace("\"0.02\"", "\"5\""));
    market
        .inside(&["buyer", "pay", &url])
        .fails(125)
        .assert_says("has changed since it was trusted (manifest)");
    let document = market.inside(&["plugin", "trust", "buyer", "--yes", "--json"]).ok().json();
    let changes = document["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["what"] == "pay").unwrap();
    assert_eq!(change["old"], "$0.015 at once, $0.02 a day, to 127.0.0.1");
    assert_eq!(change["new"], "$5 at once, $0.0202 a day, to 127.0.0.1");
    // What was paid today stays paid.
    let listed = market.inside(&["plugin", "list", "--json"]).ok().json();
    let item = listed["items"].as_array().unwrap().iter().find(|item| item["name"] == "buyer").unwrap();
    assert_eq!(item["paid_today"], "0.0101");
    // An empty list of hosts is a grant of nothing.
    market.plugin("nobody", AGAIN, "[pay]\nmax_per_call = \"1\"\nmax_per_day = \"1\"\nhosts = []\n");
    let document = market.inside(&["plugin", "trust", "nobody", "--yes", "--json"]).ok().json();
    assert_eq!(document["grant"]["pay"], Value::Null);
    for (from, to, line) in [
        ("\"0.02\"", "\"2 cents\"", 6),
        ("\"0.0202\"", "-1", 7),
        ("\"127.0.0.1\"", "\"https://a.example\"", 8),
    ] {
        market.plugin("buyer", AGAIN, &PAY.replace(from, to));
        market.inside(&["buyer"]).fails(126).assert_says(&format!("leash-buyer.toml:{line}"));
    }
}

#[test]
fn a_grant_of_before_there_were_payments_still_holds() {
    let market = Market::new();
    let keys = "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/agents/{mint}/api-keys\" }]\n";
    market.trusted("keys", AGAIN, keys);
    let grant = market.home().read(".local/share/leash/trust/keys.json");
    assert!(!grant.contains("\"pay\""), "{grant}");
    let _ = market.inside(&["keys", "api", "GET", "/v1/agents/{mint}/api-keys"]).ok();
    // One that says of payments what nobody knows is none.
    let wild = grant.replacen(
        "\"scopes\"",
        "\"pay\":{\"max_per_call\":\"1\",\"max_per_day\":\"1\",\"hosts\":[],\"x\":1},\"scopes\"",
        1,
    );
    market.home().write_private(".local/share/leash/trust/keys.json", &wild);
    let _ = market.inside(&["keys", "api", "GET", "/v1/agents/{mint}/api-keys"]).fails(125);
}

#[needs("python3")]
#[test]
fn a_body_that_fits_no_frame_comes_in_pieces() {
    let market = Market::new();
    let long = json!({"text": "0123456789".repeat(9_000)});
    let url = market.link("x402", "GET", &long);
    market.trusted("buyer", AGAIN, PAY);
    let outcome = market.inside(&["buyer", "pay", &url, "--out", "answer.json"]).ok();
    assert_eq!((outcome.stdout.as_str(), market.home().read_json("answer.json")), ("", long.clone()));
    // Not taken whole, it hasn't arrived: the same request gives it again, and pays nothing.
    market.trusted("speaker", SPEAKER, PAY);
    let first = market.asks("speaker", &purchase(&url, "0.02"));
    assert_eq!(first["ok"]["resumed"], false, "{first}");
    let again = market.asks("speaker", &purchase(&url, "0.02"));
    assert_eq!((&again["ok"]["resumed"], &again["ok"]["gross"]), (&json!(true), &json!("0.0101")));
    assert_eq!(market.spent(), 2 * GROSS);
    let audited = market.audited();
    assert_eq!(audited.last().unwrap().0, "resumed", "{audited:?}");
    // What a plugin has paid for is no other one's, nor the user's.
    let outcome = market.inside(&["pay", &url]).ok();
    assert!(!outcome.stderr.contains("earlier run"), "{outcome:?}");
    assert_eq!(market.spent(), 3 * GROSS);
    let _ = fs::remove_file(market.home().join("answer.json"));
}

#[test]
fn what_costs_nothing_and_what_is_no_paywall() {
    let market = Market::new();
    market.trusted("buyer", AGAIN, PAY);
    let outcome = market.inside(&["buyer", "pay", &format!("{}/v1/version", market.url())]).ok();
    assert!(outcome.stdout.starts_with('{'), "{outcome:?}");
    outcome.assert_says("nothing was paid");
    let nope = format!("{}/x/nope", market.url());
    let document = market.inside(&["buyer", "pay", "--json", &nope]).fails(1).json();
    assert_eq!((&document["code"], &document["response_status"]), (&json!("http_status"), &json!(404)));
    let _ = market.inside(&["buyer", "pay", "notaurl"]).fails(2);
    let _ = market.inside(&["buyer", "pay", &nope, "--dry-run"]).fails(2);
    let audited: Vec<_> =
        market.audited().into_iter().map(|(decision, _, reason)| (decision, reason)).collect();
    assert_eq!(audited, [("free".into(), String::new()), ("internal".into(), "http_status".into())]);
}
