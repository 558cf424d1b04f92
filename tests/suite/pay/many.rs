//! Many processes that pay at the same time.

use std::process::Stdio;

use serde_json::json;

use super::market::{GROSS, Market};

/// Seven payments of 0.0101, and not quite eight.
fn allow_seven(market: &Market) {
    market.allow_daily("0.080799");
}

/// Some of them are killed at whatever they do just then. Nothing is overspent, and what they leave behind is used up.
#[test]
fn ten_of_which_some_are_killed_spend_no_more_than_seven_may() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    allow_seven(&market);
    for round in 0..3 {
        let start = |_| {
            let mut run = market.home().leash(["pay", &url]);
            run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            run.command.spawn().unwrap()
        };
        let mut running: Vec<_> = (0..10).map(start).collect();
        // Each as soon as so many more requests came to the shop: before, while and after others pay.
        for (number, child) in running.iter_mut().enumerate().filter(|(number, _)| number % 3 == round) {
            let before = market.calls("/x/");
            while market.calls("/x/") < before + number && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let _ = child.kill();
        }
        for mut child in running {
            let _ = child.wait().unwrap();
        }
        assert!(market.spent() <= 7 * GROSS, "{}", market.spent());
    }
    // What was cut off is gone on with, and then there is nothing left to spend.
    let mut last = None;
    for _ in 0..20 {
        let outcome = market.home().leash(["pay", &url]).outcome();
        last = Some(outcome.status);
        if outcome.status == 125 {
            break;
        }
    }
    assert_eq!(last, Some(125));
    assert_eq!(market.spent(), 7 * GROSS);
    market.assert_chain(7, "ten at once, some killed");
    assert!(market.payments().is_empty(), "{:?}", market.payments());
}

#[test]
fn ten_at_once_spend_what_seven_may() {
    let market = Market::new();
    let url = market.link("x402", "GET", &json!({"ok": true}));
    allow_seven(&market);
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
