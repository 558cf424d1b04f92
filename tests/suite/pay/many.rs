//! Many processes that pay at the same time.

use std::process::Stdio;

use serde_json::json;

use super::market::{GROSS, Market};

#[test]
fn ten_at_once_spend_what_seven_may() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    // Seven of 0.0101, and not quite eight.
    let rules = json!({"v": "0.1", "budget": {"daily": "0.080799", "perCall": "1", "currency": "USDC"}, "hosts": {}, "triggers": []});
    market.home().write_private("rules.json", &rules.to_string());
    let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
    let start = || {
        let mut run = market.home().leash(["pay", &url]);
        run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run.command.spawn().unwrap()
    };
    let running: Vec<_> = (0..10).map(|_| start()).collect();
    let mut ended: Vec<(Option<i32>, String)> = Vec::new();
    for child in running {
        let output = child.wait_with_output().unwrap();
        ended.push((output.status.code(), String::from_utf8(output.stderr).unwrap()));
    }
    let count = |status: i32| ended.iter().filter(|(ended, _)| *ended == Some(status)).count();
    assert_eq!((count(0), count(125)), (7, 3), "{ended:#?}");
    assert_eq!(market.spent(), 7 * GROSS);
    market.assert_chain(7, "ten at once");
    let receipts = std::fs::read_to_string(market.money("receipts.jsonl")).unwrap();
    assert_eq!(receipts.matches(r#""reason":"dailyBudgetExceeded""#).count(), 3);
    assert!(market.payments().is_empty());
}
