//! What is given back, on whose word, and what is counted again.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _, path::Path};

use jiff::Timestamp;
use leash_chain::Address;
use leash_policy::{Grounds, Ledger, Payment, Reason, Release, Releases, Reservation, Rules, Settle, Usd};
use tempfile::TempDir;

const MINT: &str = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
const GROSS: u64 = 10_100;

fn home() -> TempDir {
    let dir = TempDir::with_prefix("leash-ledger-").unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    dir
}

fn ledger(dir: &Path) -> Ledger {
    Ledger::new(dir, &MINT.parse::<Address>().unwrap())
}

fn rules(daily: u64) -> Rules {
    Rules::fallback(Usd::whole(1), Usd::from_atomic(daily))
}

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn reserve(ledger: &Ledger, daily: u64, key: &str) -> Result<Reservation, Reason> {
    let payment = Payment { url: "https://a.example/x", gross: GROSS, key };
    ledger.reserve(&rules(daily), &payment, now()).unwrap().map_err(|denial| denial.reason)
}

/// One endpoint's word gives back one daily budget a day, at most; what two say, or leash itself knows, has no such limit.
#[test]
fn the_word_of_one_endpoint_is_bounded() {
    let dir = home();
    let ledger = ledger(dir.path());
    let word = Grounds::OneEndpoint { most: Usd::from_atomic(2 * GROSS) };
    let ids: Vec<String> =
        (0..6).map(|number| reserve(&ledger, 10 * GROSS, &number.to_string()).unwrap().id).collect();
    let release = |id: &str, grounds, now| ledger.release(id, "expired", grounds, now).unwrap();
    assert_eq!(release(&ids[0], word, now()), Release::Done);
    assert_eq!(release(&ids[1], word, now()), Release::Done);
    let withheld =
        Release::Withheld { released: Usd::from_atomic(2 * GROSS), most: Usd::from_atomic(2 * GROSS) };
    assert_eq!(release(&ids[2], word, now()), withheld);
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(4 * GROSS));
    assert_eq!(release(&ids[3], Grounds::NothingLeft, now()), Release::Done);
    assert_eq!(release(&ids[4], Grounds::TwoEndpoints, now()), Release::Done);
    assert_eq!(release(&ids[2], word, now()), withheld, "still");
    // A clock that is set back begins no new day.
    assert_eq!(release(&ids[2], word, "2026-11-22T23:59:59Z".parse().unwrap()), withheld);
    let releases = Releases {
        known: Usd::from_atomic(GROSS),
        one_endpoint: Usd::from_atomic(2 * GROSS),
        two_endpoints: Usd::from_atomic(GROSS),
    };
    assert_eq!(ledger.releases(now()).unwrap(), releases);
    // The next day has a bound of its own.
    let tomorrow: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
    assert_eq!(release(&ids[2], word, tomorrow), Release::Done);
    assert_eq!(ledger.releases(tomorrow).unwrap().one_endpoint, Usd::from_atomic(GROSS));
    // Another process reads the same.
    let again = Ledger::new(dir.path(), &MINT.parse::<Address>().unwrap());
    assert_eq!(again.releases(tomorrow).unwrap(), ledger.releases(tomorrow).unwrap());
}

#[test]
fn what_was_released_and_paid_counts_again() {
    let dir = home();
    let ledger = ledger(dir.path());
    let id = reserve(&ledger, GROSS, "a").unwrap().id;
    let word = Grounds::OneEndpoint { most: Usd::from_atomic(GROSS) };
    assert_eq!(ledger.release(&id, "expired", word, now()).unwrap(), Release::Done);
    let second = reserve(&ledger, GROSS, "a").unwrap().id;
    assert_eq!(ledger.settle(&id, GROSS, now()).unwrap(), Settle::WasReleased);
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(GROSS));
    ledger.recount(&id, GROSS, now()).unwrap();
    ledger.recount(&id, GROSS, now()).unwrap();
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(2 * GROSS), "above the budget");
    // The bound stays used up, and the key taken.
    assert_eq!(ledger.releases(now()).unwrap().one_endpoint, Usd::from_atomic(GROSS));
    assert!(matches!(ledger.release(&second, "expired", word, now()).unwrap(), Release::Withheld { .. }));
    assert_eq!(reserve(&ledger, 9 * GROSS, "a"), Err(Reason::Replay));
    // One that is open is settled by it.
    ledger.recount(&second, GROSS, now()).unwrap();
    assert_eq!(ledger.release(&second, "no", Grounds::NothingLeft, now()).unwrap(), Release::WasSettled);
}

/// A line of 0.1.0 doesn't say on whose word it was given back, and counts as one endpoint's.
#[test]
fn a_release_without_a_witness_is_one_endpoints_word() {
    let dir = home();
    let ledger = ledger(dir.path());
    let id = reserve(&ledger, GROSS, "a").unwrap().id;
    let line = format!(r#"{{"op":"release","id":"{id}","time":"2026-11-23T12:00:00Z","why":"expired"}}"#);
    let mut file = fs::OpenOptions::new().append(true).open(ledger.path()).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
    assert_eq!(ledger.releases(now()).unwrap().one_endpoint, Usd::from_atomic(GROSS));
}
