//! Withdrawals and limits that are cut off: whatever comes between, it happens once.

use leash_chain::treasury;
use leash_tests::Reply;
use serde_json::json;

use super::chain::{Chain, asset, wallet};

const FROM: u64 = 10_000_000;
const MOVED: u64 = 1_500_000;

fn words() -> Vec<String> {
    let to = wallet().to_string();
    ["treasury", "withdraw", "--to", &to, "--amount", "1.5", "--yes", "--json"].map(str::to_owned).to_vec()
}

/// Runs it until it succeeds.
fn finish(chain: &Chain, what: &str) {
    for _ in 0..4 {
        if chain.home.leash(words()).outcome().status == 0 {
            assert_moved_once(chain, what);
            return;
        }
    }
    panic!("{what}: it never came to an end");
}

fn assert_moved_once(chain: &Chain, what: &str) {
    let held = chain.held();
    assert_eq!(held.usdc_of(&wallet()), MOVED, "{what}");
    assert_eq!(held.usdc_of(&treasury(&asset())), FROM - MOVED, "{what}");
    assert_eq!(held.landed(), 1, "{what}");
    assert!(!chain.home.join(format!(".local/share/leash/transactions/{}.json", asset())).exists());
}

#[test]
fn killed_at_any_question_it_is_withdrawn_once() {
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut kills = 0;
    for answered in [false, true] {
        for number in 0.. {
            let chain = Chain::new();
            let what = format!("killed at question {number}, carried out: {answered}");
            if !chain.run_killed(&words, (number, answered)) {
                assert_moved_once(&chain, &what);
                break;
            }
            kills += 1;
            finish(&chain, &what);
        }
    }
    // The state twice, rent or destination, blockhash, sending, height and status: each before and after.
    assert!(kills >= 12, "{kills}");
}

#[test]
fn killed_at_any_question_a_limit_is_set_once() {
    let words = ["treasury", "set-limit", "3", "--yes", "--json"];
    for answered in [false, true] {
        for number in 0.. {
            let chain = Chain::new();
            let killed = chain.run_killed(&words, (number, answered));
            if killed {
                assert_eq!(chain.home.leash(words).ok().json()["delegated_amount"], "3");
            }
            let limit = chain.home.leash(["treasury", "limit", "--json"]).ok().json();
            assert_eq!(limit["limit"]["amount"], "3", "{number} {answered}");
            assert_eq!(chain.held().landed(), 1, "{number} {answered}");
            if !killed {
                assert!(number >= 5, "{number}");
                break;
            }
        }
    }
}

#[test]
fn what_cannot_be_noted_is_not_sent() {
    let chain = Chain::new();
    // The journal's directory is a file.
    let place = chain.home.write_private(".local/share/leash/transactions", "");
    let outcome = chain.home.leash(words()).outcome();
    assert_eq!((outcome.status, &outcome.json()["code"]), (1, &json!("io")));
    assert_eq!(chain.held().landed(), 0);
    std::fs::remove_file(place).unwrap();
    // A directory stands in the way of the journal itself, and can't be replaced by a file.
    let journal = chain.home.join(format!(".local/share/leash/transactions/{}.json/x", asset()));
    std::fs::create_dir_all(journal).unwrap();
    assert_eq!(chain.home.leash(words()).outcome().status, 1);
    assert_eq!(chain.held().landed(), 0);
}

#[test]
fn two_at_once_take_turns() {
    // The first one is held up while it has the journal, until the second one was turned away.
    let turned_away = std::sync::Arc::new(std::sync::Barrier::new(2));
    let waits = turned_away.clone();
    let chain = Chain::with(move |_, number| {
        if number == 0 {
            waits.wait();
        }
        None
    });
    let mut first = chain.home.leash(words());
    first.command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let mut first = first.command.spawn().unwrap();
    chain.api_was_asked();
    let outcome = chain.home.leash(words()).outcome();
    assert_eq!((outcome.status, &outcome.json()["code"]), (1, &json!("busy")), "{outcome:?}");
    turned_away.wait();
    assert!(first.wait().unwrap().success());
    assert_moved_once(&chain, "two at once");
}

#[test]
fn with_any_answer_lost_it_is_withdrawn_once() {
    for number in 0..12 {
        let chain = Chain::with(move |_, asked| (asked == number).then_some(Reply::Close));
        finish(&chain, &format!("without answer {number}"));
    }
}

#[test]
fn what_may_still_land_is_not_built_again() {
    let chain = Chain::new();
    chain.held().loses = true;
    let words: Vec<String> = words().into_iter().chain(["--timeout".into(), "1s".into()]).collect();
    let outcome = chain.home.leash(&words).outcome();
    assert_eq!((outcome.status, &outcome.json()["code"]), (1, &json!("unknown_outcome")), "{outcome:?}");
    let journal = format!(".local/share/leash/transactions/{}.json", asset());
    let noted = chain.home.read(&journal);
    assert_eq!(chain.home.mode(&journal), 0o600);
    // Still nothing: the same bytes, and nothing new.
    assert_eq!(chain.home.leash(&words).outcome().json()["code"], "unknown_outcome");
    assert_eq!(chain.home.read(&journal), noted);
    let sent: std::collections::BTreeSet<String> = chain
        .api
        .requests()
        .iter()
        .filter_map(|request| {
            let question: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            (question["method"] == "sendTransaction").then(|| question["params"][0].to_string())
        })
        .collect();
    assert_eq!(sent.len(), 1);
    // Its last block is over: it can be built again.
    chain.held().pass(200);
    chain.held().loses = false;
    finish(&chain, "expired");
}

#[test]
fn another_command_settles_what_was_cut_off_first() {
    let chain = Chain::new();
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Cut off right after it was carried out.
    let sending = (0..).find(|number| {
        let chain = Chain::new();
        chain.run_killed(&words, (*number, true)) && chain.held().landed() == 1
    });
    assert!(chain.run_killed(&words, (sending.unwrap(), true)));
    let outcome = chain.home.leash(["treasury", "set-limit", "3", "--yes", "--json"]).ok();
    assert!(outcome.stderr.contains("an earlier run was cut off"), "{}", outcome.stderr);
    assert_eq!(outcome.json()["resumed"], false);
    assert_eq!(chain.held().landed(), 2);
    assert_eq!(chain.held().usdc_of(&wallet()), MOVED);
}

#[test]
fn a_journal_that_makes_no_sense_stops_everything() {
    let chain = Chain::new();
    let journal = format!(".local/share/leash/transactions/{}.json", asset());
    for text in [
        "",
        "{}",
        r#"{"request":{"what":"set_limit","token":"USDC","amount":1},"text":"x","transaction":"AA==","last_valid_block_height":1}"#,
    ] {
        chain.home.write_private(&journal, text);
        let outcome = chain.home.leash(words()).outcome();
        assert_eq!((outcome.status, &outcome.json()["code"]), (1, &json!("malformed_file")));
    }
    assert_eq!(chain.held().landed(), 0);
}
