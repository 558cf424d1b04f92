//! What was begun and isn't over, as the doctor tells of it, and the commands that it names.

use serde_json::{Value, json};

use super::assert_check;
use crate::pay::market::{Fault, Market, NET, PAYMENT, WALLET};

fn doctor(market: &Market) -> Vec<Value> {
    market.home().leash(["doctor", "--json"]).outcome().json()["checks"].as_array().unwrap().clone()
}

/// Types what the doctor says, up to where it stops being a command.
fn type_fix(market: &Market, name: &str, end: &str) {
    let checks = doctor(market);
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    let fix = check["fix"].as_str().unwrap();
    let command = &fix[fix.find("leash ").unwrap()..fix.find(end).unwrap_or(fix.len())];
    let _ = market.home().shell(command).ok();
}

#[test]
fn what_is_open_is_named_with_the_command_that_goes_on() {
    let market = Market::new();
    let url = market.link("mpp", "GET", &json!({"ok": true}));
    let checks = doctor(&market);
    assert_check(&checks, "payments", "ok", "none is open");
    assert_check(&checks, "treasury", "ok", "no transaction is under way");
    assert_check(&checks, "publishing", "ok", "every receipt is published");
    assert!(!checks.iter().any(|check| check["name"] == "creation"));
    // Sent, and the answer never came.
    assert!(market.run_with(&["pay", &url], PAYMENT, Fault::KilledAfter));
    let checks = doctor(&market);
    assert_check(&checks, "payments", "warn", "1 payment with unknown outcome");
    assert_check(&checks, "payments", "warn", &format!("0.01 USDC for {url}"));
    // What the journal knows of is said once.
    assert_check(&checks, "policy", "ok", "0.01 spent today");
    type_fix(&market, "payments", ";");
    assert_check(&doctor(&market), "payments", "warn", "was paid, and its answer not delivered");
    type_fix(&market, "payments", ";");
    assert_check(&doctor(&market), "payments", "ok", "none is open");
    assert_eq!(market.spent(), NET);
    // A withdrawal and a limit, likewise: the last question is what became of it.
    let withdraw = ["treasury", "withdraw", "--to", WALLET, "--amount", "1.5", "--yes"];
    let limit = ["treasury", "set-limit", "7.25", "--yes"];
    for (words, says) in [(&withdraw[..], "withdraw 1.5 USDC to"), (&limit, "7.25 USDC")] {
        let sent = |path: &str| market.calls(path);
        assert!(sent("/rpc") > 0);
        let killed = (4..).find(|number| {
            market.run_with(words, *number, Fault::KilledAfter);
            market.home().join(format!(".local/share/leash/transactions/{}.json", market.mint())).exists()
        });
        assert!(killed.is_some());
        assert_check(&doctor(&market), "treasury", "warn", says);
        let checks = doctor(&market);
        let check = checks.iter().find(|check| check["name"] == "treasury").unwrap();
        let fix = check["fix"].as_str().unwrap().split(" (").next().unwrap();
        let outcome = market.home().shell(&format!("{fix} --yes --json")).ok();
        assert_eq!(outcome.json()["resumed"], true, "{fix}: {outcome:?}");
        assert_check(&doctor(&market), "treasury", "ok", "no transaction is under way");
    }
    // Receipts that the API wasn't told.
    let _ = std::fs::remove_file(market.money("published.json"));
    assert_check(&doctor(&market), "publishing", "warn", "1 receipt the API wasn't told yet");
    type_fix(&market, "publishing", ";");
    assert_check(&doctor(&market), "publishing", "ok", "every receipt is published");
    // An agent that is being made.
    let words = ["agent", "create", "other", "--sandbox", "--json"];
    assert_eq!(market.home().leash(words).outcome().status, 3);
    assert_check(&doctor(&market), "creation", "warn", "agent `other` is being made");
}

#[test]
fn what_can_not_be_understood_is_a_fault() {
    let market = Market::new();
    let id = "0".repeat(32);
    let path = market.money(&format!("payments/{id}.json"));
    let name = path.strip_prefix(market.home().path()).unwrap().to_str().unwrap();
    let _ = market.home().write_private(name, "{}");
    assert_check(&doctor(&market), "payments", "fail", "cannot understand");
    let journal = format!(".local/share/leash/transactions/{}.json", market.mint());
    let _ = market.home().write_private(&journal, "{}");
    assert_check(&doctor(&market), "treasury", "fail", "cannot understand");
}
