//! Receipts that aren't there, and chains that aren't whole.

use std::fs;

use leash_receipts::{Chain, Decision};
use leash_tests::{AGENT_1, Home};

use super::{super::Transcript, NOWHERE};
use crate::receipts::draft;

#[test]
fn receipt_errors() {
    let home = Home::with_agent(&AGENT_1, NOWHERE);
    let mut transcript = Transcript::of(&home);
    let dir = home.join(format!(".config/leash/money/{}", AGENT_1.mint));
    let chain = Chain::new(&dir);
    for number in 0..3 {
        let _ = chain.append(&draft(AGENT_1.mint, number, Decision::Allow, 1)).unwrap();
    }
    for words in [
        &["receipt", "abc"][..],
        &["receipt", &"ab".repeat(32)],
        &["receipts", "verify", "--file", "nowhere"],
        &["receipts", "publish"],
        &["history", "--limit", "abc"],
    ] {
        transcript.fails(home.leash(words));
    }
    transcript.fails(home.leash(["receipts", "publish"]).env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844"));
    transcript.title("Chains");
    let path = dir.join("receipts.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for (title, text) in [
        ("an amount was changed", whole.replacen("\"10000\"", "\"10001\"", 1)),
        ("the second is missing", format!("{}\n{}\n", lines[0], lines[2])),
        ("the first is missing", format!("{}\n{}\n", lines[1], lines[2])),
        ("one that is none", format!("{}\n{{}}\n", lines[0])),
        ("cut off", whole[..whole.len() - 5].to_owned()),
        ("no JSON", "hello\n".to_owned()),
    ] {
        transcript.title(title);
        fs::write(&path, text).unwrap();
        transcript.fails(home.leash(["receipts", "verify"]));
    }
    transcript.assert("errors-receipts");
}
