//! Receipts that are cut off while they are written or published: the chain verifies, and the API has each of them once.

use std::{fs, io::Write as _, process::Stdio};

use leash_receipts::{Chain, Decision};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use super::{dir, draft};
use crate::pay::market::{Fault, GROSS, Market, get_as};

/// A page that may not be paid for, so that every try is a receipt and nothing else.
const BANNED: &str = "https://banned.example/x";

fn ban(market: &Market) {
    let rules = json!({"v": "0.1", "budget": {"daily": "10", "perCall": "1", "currency": "USDC"},
        "hosts": {"deny": ["banned.example"]}, "triggers": []});
    market.home().write_private("rules.json", &rules.to_string());
    let _ = market.home().leash(["policy", "set", "--file", "rules.json", "--yes"]).ok();
}

fn chain(market: &Market) -> Vec<u8> {
    fs::read(market.money("receipts.jsonl")).unwrap()
}

/// Runs it under a limit for the length of files, above which the kernel ends it: in the middle of a line.
fn run_short_of_room(market: &Market, words: &[&str], room: u64) -> Option<i32> {
    let line = "read go; exec leash \"$@\"";
    let mut run = market.home().run("/bin/sh", ["-c", line, "sh"].iter().chain(words));
    run.command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = run.command.spawn().unwrap();
    let limit = Rlimit { current: Some(room), maximum: Some(room) };
    prlimit(Some(Pid::from_child(&child)), Resource::Fsize, limit).unwrap();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    child.wait().unwrap().code()
}

/// The receipts that the API has of the buyer's.
fn published(market: &Market) -> Vec<Value> {
    let path = format!("/v1/receipts/{}?limit=200&kind=spend", market.mint());
    get_as(market.origin(), &path, &market.key())["items"].as_array().unwrap().clone()
}

#[test]
fn killed_in_the_middle_of_a_line_the_chain_verifies_and_goes_on() {
    let market = Market::new();
    ban(&market);
    let denied = || market.home().leash(["pay", BANNED]).fails(125);
    // The longest file of all, so that no other one meets the limit.
    for _ in 0..12 {
        denied().assert_says("banned.example");
    }
    let line = chain(&market).split_inclusive(|byte| *byte == b'\n').next_back().unwrap().len() as u64;
    for part in [0, 1, 17, line / 2, line - 2, line - 1] {
        let before = chain(&market);
        let status = run_short_of_room(&market, &["pay", BANNED], before.len() as u64 + part);
        assert_eq!(status, None, "{part}: it was not killed");
        let after = chain(&market);
        assert!(after.starts_with(&before) && after.len() as u64 == before.len() as u64 + part, "{part}");
        // What came before is whole, and what was cut off is said to be mended by the next one.
        let verified = market.home().leash(["receipts", "verify"]).outcome();
        match part {
            0 => assert_eq!(verified.status, 0, "{verified:?}"),
            _ if part < line - 1 => {
                verified.assert_failure(3);
                verified.assert_says("the next command that adds one sets it aside");
            }
            // All but the end of the line.
            _ => {}
        }
        let outcome = denied();
        assert_eq!(outcome.stderr.contains("was moved to"), part > 0, "{part}: {outcome:?}");
        let verified = market.home().leash(["receipts", "verify", "--json"]).ok().json();
        let lines = chain(&market).iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(verified["count"], json!(lines), "{part}: {verified}");
    }
}

/// A payment is under way when its receipt can't be written: it is paid once, and the receipt comes with the next run.
#[test]
fn killed_while_the_receipt_of_a_payment_is_written_it_is_paid_once() {
    let market = Market::new();
    ban(&market);
    // Far longer than the payment's own notes.
    for _ in 0..24 {
        let _ = market.home().leash(["pay", BANNED]).fails(125);
    }
    let url = market.link("x402", "GET", &json!({"ok": true}));
    let room = chain(&market).len() as u64 + 40;
    assert_eq!(run_short_of_room(&market, &["pay", &url], room), None);
    assert_eq!(market.spent(), GROSS);
    let outcome = market.home().leash(["pay", &url]).ok();
    assert_eq!(outcome.stdout, json!({"ok": true}).to_string());
    assert_eq!(market.spent(), GROSS);
    market.assert_chain(1, "killed while writing");
    assert!(market.payments().is_empty());
}

#[test]
fn killed_or_cut_off_while_publishing_each_is_published_once() {
    let market = Market::new();
    let mint = market.mint().to_string();
    let kept = Chain::new(&market.home().join(dir(&mint)));
    let mut count = 0;
    for fault in [Fault::Unasked, Fault::Unanswered, Fault::KilledBefore, Fault::KilledAfter] {
        for number in 0.. {
            for _ in 0..3 {
                let _ = kept.append(&draft(&mint, count, Decision::Deny, 0)).unwrap();
                count += 1;
            }
            let what = format!("question {number}, {fault:?}");
            let reached = market.run_with(&["receipts", "publish"], number, fault);
            let _ = market.home().leash(["receipts", "verify"]).ok();
            let again = market.home().leash(["receipts", "publish", "--json"]).ok().json();
            assert_eq!((&again["pending"], &again["refused"]), (&json!(0), &json!([])), "{what}: {again}");
            let text = String::from_utf8(chain(&market)).unwrap();
            let mut written: Vec<String> = text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()["receipt_hash"].to_string())
                .collect();
            let mut known: Vec<String> =
                published(&market).iter().map(|item| item["receipt_hash"].to_string()).collect();
            written.sort_unstable();
            known.sort_unstable();
            assert_eq!(known, written, "{what}");
            if !reached {
                break;
            }
        }
    }
}
