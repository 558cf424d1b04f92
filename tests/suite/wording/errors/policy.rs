//! Policies: rules that can't be used, and verdicts of no.

use std::fs;

use jiff::Timestamp;
use leash_policy::{Ledger, Payment, Rules, Usd};
use leash_tests::{AGENT_1, Home};
use serde_json::{Value, json};

use super::{super::Transcript, NOWHERE};

fn file(name: &str) -> String {
    format!(".config/leash/money/{}/{name}", AGENT_1.mint)
}

#[test]
fn policy_errors() {
    let home = Home::with_agent(&AGENT_1, NOWHERE);
    let mut transcript = Transcript::of(&home);
    transcript.title("Rules that can't be used");
    let good = json!({
        "v": "0.1", "budget": { "daily": "10", "perCall": "1", "currency": "USDC" }, "hosts": {}, "triggers": [],
    });
    let with = |path: &str, value: Value| {
        let mut rules = good.clone();
        *rules.pointer_mut(path).unwrap() = value;
        rules.to_string()
    };
    for rules in [
        "{".to_owned(),
        "{}".to_owned(),
        with("/v", json!("0.2")),
        with("/hosts", json!({ "denied": ["evil.example"] })),
        with("/hosts", json!({ "deny": ["evil.example:80"] })),
        with("/budget/daily", json!("-1")),
        with("/budget/daily", json!(10)),
        with("/budget/currency", json!("EUR")),
    ] {
        transcript.title(&rules);
        transcript.fails(home.leash(["policy", "set", "--file", "-", "--yes"]).input(rules));
    }
    transcript.title("Setting");
    transcript.fails(home.leash(["policy", "set", "--file", "nowhere"]));
    home.write_private("looser.json", &with("/budget/daily", json!("50")));
    transcript.fails(home.leash(["policy", "set", "--file", "looser.json"]));

    transcript.title("Checking");
    let check = |words: &[&str]| home.leash([&["policy", "check"], words].concat());
    for words in [
        &["https://a.example", "--price", "2"][..],
        &["https://a.example", "--net", "1"],
        &["https://a.example", "--price", "abc"],
        &["https://a.example", "--price", "-1"],
        &["no url", "--price", "0.1"],
        &["https://a.example", "--price", "1", "--method", "G T"],
    ] {
        transcript.fails(check(words));
    }
    transcript.fails(check(&["https://a.example", "--price", "0.1"]).env("LEASH_PER_CALL_USDC", "abc"));
    let dir = home.join(format!(".config/leash/money/{}", AGENT_1.mint));
    fs::create_dir_all(&dir).unwrap();
    let rules = Rules::fallback(Usd::whole(100), Usd::whole(100));
    let ledger = Ledger::new(&dir, &AGENT_1.mint.parse().unwrap());
    let payment = Payment { url: "https://a.example/x", gross: 9_500_000, key: "a" };
    let _ = ledger.reserve(&rules, &payment, Timestamp::now()).unwrap().unwrap();
    transcript.fails(check(&["https://a.example", "--price", "0.6"]));
    let mut hosts = good.clone();
    hosts["hosts"] = json!({ "deny": ["evil.example"], "allow": ["example"] });
    hosts["priceCeiling"] = json!("0.1");
    home.write_private("rules.json", &hosts.to_string());
    let _ = home.leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
    transcript.fails(check(&["https://evil.example", "--price", "0.1"]));
    transcript.fails(check(&["https://a.test", "--price", "0.1"]));
    transcript.fails(check(&["https://a.example", "--price", "0.2"]));

    let spending = home.read(file("spending.jsonl"));
    transcript.title("Spending that is empty");
    fs::write(home.join(file("spending.jsonl")), "").unwrap();
    transcript.fails(home.leash(["policy", "show"]));
    fs::write(home.join(file("spending.jsonl")), &spending).unwrap();
    transcript.title("Spending that others can read");
    home.chmod(file("spending.jsonl"), 0o644);
    transcript.fails(home.leash(["policy", "show"]));
    home.chmod(file("spending.jsonl"), 0o600);
    transcript.title("A policy that isn't JSON");
    home.write_private(&file("policy.json"), "{");
    transcript.fails(home.leash(["policy", "show"]));
    transcript.title("A policy that others can write");
    home.chmod(file("policy.json"), 0o666);
    transcript.fails(home.leash(["policy", "show"]));
    transcript.assert("errors-policy");
}
