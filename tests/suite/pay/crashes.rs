//! Payments that are cut off: whatever comes between, they are made once.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::market::{Fault, GROSS, Market, NET, PAYMENT};

fn sold() -> Value {
    json!({"quote": 42})
}

/// Runs it again; it must give what was bought, and nothing is paid but once.
fn finish(market: &Market, url: &str, gross: u64, what: &str) {
    let outcome = market.home().leash(["pay", url]).outcome();
    assert_eq!(outcome.status, 0, "{what}: {outcome:?}");
    assert_eq!(outcome.stdout, sold().to_string(), "{what}");
    assert_eq!(market.spent(), gross, "{what}: {outcome:?}");
    market.assert_chain(1, what);
    assert!(market.payments().is_empty(), "{what}: {:?}", market.payments());
}

fn at_every_question(protocol: &str, gross: u64, fault: Fault) {
    let mut steps = 0;
    for number in 0.. {
        let market = Market::new();
        let url = market.link(protocol, "GET", &sold());
        let what = format!("{protocol}, question {number}, {fault:?}");
        if !market.run_with(&["pay", &url], number, fault) {
            break;
        }
        steps += 1;
        let text = fs::read_to_string(market.money("receipts.jsonl")).unwrap_or_default();
        let over = text.contains(r#""decision":"allow""#) && market.payments().is_empty();
        if over {
            // It came to its end in spite of that.
            assert_eq!(market.spent(), gross, "{what}");
            market.assert_chain(1, &what);
        } else {
            finish(&market, &url, gross, &what);
        }
    }
    // Price, treasury, blockhash, payment, height, transaction, publishing.
    assert!(steps >= 7, "{steps}");
}

#[test]
fn killed_before_any_question_x402_is_paid_once() {
    at_every_question("x402", GROSS, Fault::KilledBefore);
}

#[test]
fn killed_after_any_answer_x402_is_paid_once() {
    at_every_question("x402", GROSS, Fault::KilledAfter);
}

#[test]
fn killed_before_any_question_mpp_is_paid_once() {
    at_every_question("mpp", NET, Fault::KilledBefore);
}

#[test]
fn killed_after_any_answer_mpp_is_paid_once() {
    at_every_question("mpp", NET, Fault::KilledAfter);
}

#[test]
fn whichever_question_is_lost_it_is_paid_once() {
    at_every_question("x402", GROSS, Fault::Unasked);
}

#[test]
fn whichever_answer_is_lost_it_is_paid_once() {
    at_every_question("x402", GROSS, Fault::Unanswered);
    at_every_question("mpp", NET, Fault::Unanswered);
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}

/// The entry of the one payment that isn't over.
fn entry(market: &Market) -> (std::path::PathBuf, Value) {
    let path =
        market.payments().into_iter().find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let text = fs::read(&path).unwrap();
    (path, serde_json::from_slice(&text).unwrap())
}

/// Killed between two steps that ask nobody: the files are put as they are at that moment.
#[test]
fn killed_between_steps_of_its_own_it_is_paid_once() {
    // Noted, not reserved; noted and reserved, not signed.
    for reserved in [false, true] {
        let market = Market::new();
        let url = market.link("x402", "GET", &sold());
        assert!(market.run_with(&["pay", &url], PAYMENT, Fault::KilledBefore));
        let (path, mut state) = entry(&market);
        state["signed"] = Value::Null;
        fs::write(&path, state.to_string()).unwrap();
        if !reserved {
            let text = fs::read_to_string(market.money("spending.jsonl")).unwrap();
            let header = text.lines().next().unwrap();
            fs::write(market.money("spending.jsonl"), format!("{header}\n")).unwrap();
        }
        finish(&market, &url, GROSS, &format!("reserved: {reserved}"));
    }
    // The answer was noted; settled; has its receipt; was delivered.
    for last in ["answer", "spending.jsonl", "receipts.jsonl"] {
        let market = Market::new();
        let url = market.link("x402", "GET", &sold());
        assert!(market.run_with(&["pay", &url], PAYMENT + 1, Fault::KilledBefore));
        assert!(entry(&market).1["answer"].is_object());
        let kept = market.home().join("kept");
        copy(&market.money("payments"), &kept);
        let earlier = fs::read(market.money("spending.jsonl")).unwrap();
        let _ = market.home().leash(["pay", &url]).ok();
        copy(&kept, &market.money("payments"));
        if last == "answer" {
            fs::write(market.money("spending.jsonl"), earlier).unwrap();
        }
        if last != "receipts.jsonl" {
            fs::remove_file(market.money("receipts.jsonl")).unwrap();
            fs::remove_file(market.money("published.json")).unwrap();
        }
        finish(&market, &url, GROSS, last);
    }
}

#[test]
fn what_was_never_taken_is_given_back() {
    let market = Market::new();
    let url = market.link("x402", "GET", &sold());
    // Signed, and never sent: then time passes.
    assert!(market.run_with(&["pay", &url], PAYMENT, Fault::KilledBefore));
    // Ten minutes have not passed: it counts.
    let _ = market.rpc("leashSkipBlocks", &json!([200]));
    let other = market.link("mpp", "GET", &sold());
    let _ = market.home().leash(["pay", &other]).ok();
    let spending = fs::read_to_string(market.money("spending.jsonl")).unwrap();
    assert_eq!(spending.matches(r#""op":"release""#).count(), 0, "{spending}");
    market.age_payments(601);
    let _ = market.home().leash(["pay", &format!("{}/v1/version", market.url())]).ok();
    assert_eq!(market.spent(), NET);
    let spending = fs::read_to_string(market.money("spending.jsonl")).unwrap();
    assert_eq!(spending.matches(r#""op":"release""#).count(), 1, "{spending}");
    let receipts = fs::read_to_string(market.money("receipts.jsonl")).unwrap();
    assert!(receipts.contains(r#""reason":"expired""#), "{receipts}");
    market.assert_chain(1, "the other one");
    // One endpoint said so: it is looked for again, and after two days it is over.
    assert_eq!(market.entries().len(), 1);
    market.age_payments(48 * 60 * 60);
    let resolved = market.home().leash(["payments", "resolve", "--json"]).ok().json();
    assert_eq!(resolved["items"][0]["result"], "given_back", "{resolved}");
    assert!(market.payments().is_empty());
}

#[test]
fn what_landed_for_a_run_that_is_gone_is_settled_by_the_next() {
    let market = Market::new();
    let url = market.link("x402", "GET", &sold());
    assert!(market.run_with(&["pay", &url], PAYMENT, Fault::KilledAfter));
    market.age_payments(60);
    let other = market.link("mpp", "GET", &sold());
    let _ = market.home().leash(["pay", &other]).ok();
    market.assert_chain(2, "both");
    assert_eq!(market.spent(), GROSS + NET);
    // Whoever paid can still have what was bought.
    let outcome = market.home().leash(["pay", &url]).ok();
    assert_eq!(outcome.stdout, sold().to_string());
    assert_eq!(market.spent(), GROSS + NET);
    assert!(market.payments().is_empty());
}

#[test]
fn what_can_not_be_written_is_kept_for_the_next_run() {
    let market = Market::new();
    let url = market.link("x402", "GET", &sold());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let outcome = market.home().leash(["pay", &url]).stdout(full).outcome_elsewhere();
    assert_eq!(outcome.status, 1, "{outcome:?}");
    outcome.assert_says("it is kept");
    finish(&market, &url, GROSS, "a full disk");
}

/// Killed while the first note of a payment was written: nothing was reserved or signed, and nothing stays.
#[test]
fn what_was_left_before_anything_was_noted_goes() {
    let market = Market::new();
    let id = "0123456789abcdef".repeat(2);
    let dir = market.money("payments");
    let dir = dir.strip_prefix(market.home().path()).unwrap().to_str().unwrap().to_owned();
    for name in [format!("{id}.lock"), format!(".{id}.json.0011223344556677.tmp"), format!("{id}.body")] {
        let _ = market.home().write_private(&format!("{dir}/{name}"), "{");
    }
    let other = market.home().write_private(&format!("{dir}/notes.txt"), "mine");
    let url = market.link("x402", "GET", &sold());
    let _ = market.home().leash(["pay", &url]).ok();
    // Somebody else's file is left alone.
    assert_eq!(market.payments(), [other]);
}
