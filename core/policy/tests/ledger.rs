//! Spending that several processes share, some of which are killed.
#![allow(clippy::disallowed_methods, reason = "children are told their part in variables")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use jiff::Timestamp;
use leash_chain::Address;
use leash_policy::{Grounds, Ledger, Payment, Reason, Release, Reservation, Rules, Status, Usd};
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

#[test]
fn an_id_of_ones_own_is_used_once() {
    let home = home();
    let ledger = ledger(home.path());
    let id = "00112233445566778899aabbccddeeff";
    let reserve = |id: &str, key: &str| {
        let payment = Payment { url: "https://a.example/x", gross: GROSS, key };
        ledger.reserve_as(id, &rules(GROSS * 10), &payment, now())
    };
    assert_eq!(reserve(id, "a").unwrap().unwrap().id, id);
    assert_eq!(reserve(id, "b").unwrap_err().code(), "already_resolved");
    for none in ["", "x", "0011", &"g".repeat(32)] {
        assert!(reserve(none, "c").is_err());
    }
    ledger.release(id, "never signed", Grounds::NothingLeft, now()).unwrap();
    assert!(reserve(id, "a").is_err());
    assert_eq!(ledger.entries().unwrap().len(), 1);
}

#[test]
fn what_is_reserved_counts_until_it_is_released() {
    let dir = home();
    let ledger = ledger(dir.path());
    let first = reserve(&ledger, 2 * GROSS, "a").unwrap();
    assert_eq!(first.day, "2026-11-23");
    assert_eq!(ledger.state(now(), Some("a")).unwrap().spent, Usd::from_atomic(GROSS));
    assert!(ledger.state(now(), Some("a")).unwrap().replay);
    assert_eq!(reserve(&ledger, 2 * GROSS, "a"), Err(Reason::Replay));
    let second = reserve(&ledger, 2 * GROSS, "b").unwrap();
    assert_eq!(reserve(&ledger, 2 * GROSS, "c"), Err(Reason::DailyBudgetExceeded));
    ledger.settle(&first.id, GROSS, now()).unwrap();
    ledger.settle(&first.id, GROSS, now()).unwrap();
    assert_eq!(ledger.release(&first.id, "no", Grounds::NothingLeft, now()).unwrap(), Release::WasSettled);
    assert!(ledger.settle(&first.id, 1, now()).is_err());
    assert!(ledger.settle("none", 1, now()).is_err());
    assert!(ledger.settle(&second.id, GROSS + 1, now()).is_err());
    ledger.release(&second.id, "it expired", Grounds::NothingLeft, now()).unwrap();
    ledger.release(&second.id, "it expired", Grounds::NothingLeft, now()).unwrap();
    // What was released may be paid again.
    let third = reserve(&ledger, 2 * GROSS, "b").unwrap();
    ledger.settle(&third.id, 100, now()).unwrap();
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(GROSS + 100));
    let statuses: Vec<_> = ledger.entries().unwrap().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Status::Settled(GROSS), Status::Released, Status::Settled(100)]);
    assert_eq!(fs::metadata(ledger.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_day_is_a_utc_day_and_a_clock_that_is_set_back_gives_nothing() {
    let dir = home();
    let ledger = ledger(dir.path());
    reserve(&ledger, GROSS, "a").unwrap();
    let spent = |text: &str| ledger.state(text.parse().unwrap(), None).unwrap().spent;
    assert_eq!(spent("2026-11-23T23:59:59.999Z"), Usd::from_atomic(GROSS));
    assert_eq!(spent("2026-11-24T00:00:00Z"), Usd::ZERO);
    assert_eq!(spent("2026-11-22T00:00:00Z"), Usd::from_atomic(GROSS));
}

#[test]
fn a_ledger_that_is_not_whole_is_never_an_empty_one() {
    let dir = home();
    let ledger = ledger(dir.path());
    reserve(&ledger, GROSS, "a").unwrap();
    let path = ledger.path();
    let whole = fs::read(&path).unwrap();
    // The first line is made with the file, in one step.
    let header = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in 0..=header {
        fs::write(&path, &whole[..cut]).unwrap();
        let payment = Payment { url: "https://a.example", gross: 1, key: "z" };
        assert!(ledger.state(now(), None).is_err(), "{cut}");
        assert!(ledger.reserve(&rules(GROSS), &payment, now()).is_err(), "{cut}");
        assert!(ledger.entries().is_err(), "{cut}");
        assert_eq!(fs::read(&path).unwrap(), &whole[..cut], "{cut}");
    }
    for garbage in ["{}\n", "garbage\n", "{\"op\":\"forget\",\"id\":\"x\"}\n", "\n"] {
        let mut bytes = whole.clone();
        bytes.extend_from_slice(garbage.as_bytes());
        fs::write(&path, &bytes).unwrap();
        let error = ledger.state(now(), None).unwrap_err();
        assert!(error.message().contains("line 3"), "{}", error.message());
    }
    fs::write(&path, &whole).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(ledger.state(now(), None).unwrap_err().code(), "unsafe_file");
}

/// One process of [`ten_processes`]: reserves, says so, and does what it is told.
#[test]
#[ignore = "runs as a process of another test"]
fn one_process() {
    let dir = env::var("LEASH_TEST_LEDGER").unwrap();
    let ledger = ledger(Path::new(&dir));
    let mut word = String::new();
    std::io::stdin().read_line(&mut word).unwrap();
    let key = env::var("LEASH_TEST_KEY").unwrap();
    let said = match reserve(&ledger, 7 * GROSS + GROSS - 1, &key) {
        Ok(reservation) => reservation.id,
        Err(reason) => reason.to_string(),
    };
    let mut stderr = std::io::stderr();
    writeln!(stderr, "said:{said}").unwrap();
    let mut word = String::new();
    std::io::stdin().read_line(&mut word).unwrap();
    if word.trim() == "settle" {
        ledger.settle(&said, GROSS, now()).unwrap();
    }
}

fn process(dir: &Path, key: usize) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["one_process", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env("LEASH_TEST_LEDGER", dir)
        .env("LEASH_TEST_KEY", key.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ten processes at once, a budget for seven, and some killed between reserving and settling.
#[test]
fn ten_processes() {
    let dir = home();
    let mut children: Vec<_> = (0..10).map(|key| process(dir.path(), key)).collect();
    // All are there; now they go, together.
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    let mut reserved = 0;
    for (index, child) in children.iter_mut().enumerate() {
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let said = stderr
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("said:").map(str::to_owned))
            .unwrap();
        if said.len() == 32 {
            reserved += 1;
            if index % 2 == 0 {
                child.kill().unwrap();
            } else {
                child.stdin.as_mut().unwrap().write_all(b"settle\n").unwrap();
            }
        } else {
            assert_eq!(said, "dailyBudgetExceeded");
            child.stdin.as_mut().unwrap().write_all(b"end\n").unwrap();
        }
        let _ = child.wait().unwrap();
    }
    assert_eq!(reserved, 7);
    let ledger = ledger(dir.path());
    // Who was killed may have paid, so what it reserved still counts.
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(7 * GROSS));
    assert_eq!(reserve(&ledger, 7 * GROSS + GROSS - 1, "late"), Err(Reason::DailyBudgetExceeded));
    let open: Vec<_> =
        ledger.entries().unwrap().into_iter().filter(|entry| entry.status == Status::Open).collect();
    for entry in &open {
        ledger.release(&entry.id, "it was killed before it signed", Grounds::NothingLeft, now()).unwrap();
    }
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic((7 - open.len() as u64) * GROSS));
}

/// Killed at any moment, over and over: what is left can always be read, and nothing that was promised is missing.
#[test]
fn killed_at_any_moment() {
    let dir = home();
    let mut promised = 0;
    for key in 0..7 {
        let mut child = process(dir.path(), key);
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
        if key % 2 == 0 {
            let stderr = BufReader::new(child.stderr.take().unwrap());
            promised += u64::from(stderr.lines().map_while(Result::ok).any(|line| line.starts_with("said:")));
        }
        child.kill().unwrap();
        let _ = child.wait().unwrap();
        let spent = ledger(dir.path()).state(now(), None).unwrap().spent;
        assert!(spent >= Usd::from_atomic(promised * GROSS), "{spent}");
    }
}

/// What others add is seen, and so is a file that isn't the one any more that was read.
#[test]
fn what_was_read_once_is_read_on() {
    let dir = home();
    let (one, other) = (ledger(dir.path()), ledger(dir.path()));
    let spent = |ledger: &Ledger| ledger.state(now(), None).unwrap().spent;
    let first = reserve(&one, GROSS * 10, "a").unwrap();
    assert_eq!(spent(&other), Usd::from_atomic(GROSS));
    let second = reserve(&other, GROSS * 10, "b").unwrap();
    assert_eq!(reserve(&one, GROSS * 10, "b"), Err(Reason::Replay));
    one.settle(&second.id, 100, now()).unwrap();
    other.release(&first.id, "never sent", Grounds::NothingLeft, now()).unwrap();
    assert_eq!((spent(&one), spent(&other)), (Usd::from_atomic(100), Usd::from_atomic(100)));
    // A key that was released can be reserved again, and then is a replay again.
    let _ = reserve(&one, GROSS * 10, "a").unwrap();
    assert_eq!(reserve(&other, GROSS * 10, "a"), Err(Reason::Replay));
    let whole = fs::read(one.path()).unwrap();
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    // Cut back to the first reservation, in place.
    fs::write(one.path(), lines[..2].concat()).unwrap();
    assert_eq!((spent(&one), spent(&other)), (Usd::from_atomic(GROSS), Usd::from_atomic(GROSS)));
    // Another file in its place, longer and with another end.
    let aside = dir.path().join("aside");
    fs::write(&aside, &whole).unwrap();
    fs::set_permissions(&aside, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&aside, one.path()).unwrap();
    assert_eq!((spent(&one), spent(&other)), (Usd::from_atomic(100 + GROSS), Usd::from_atomic(100 + GROSS)));
    // Garbage at the end is an error for whoever had read what came before, with the line's number.
    fs::write(one.path(), [&whole[..], b"garbage\n"].concat()).unwrap();
    for ledger in [&one, &other] {
        let error = ledger.state(now(), None).unwrap_err();
        assert!(error.message().contains(&format!("line {}", lines.len() + 1)), "{}", error.message());
    }
    // A line has what belongs to it, and nothing else.
    for bad in [
        r#"{"op":"settle","id":"x","time":"t"}"#,
        r#"{"op":"settle","id":"x","time":"t","amount":"1","why":"y"}"#,
        r#"{"op":"release","id":"x","time":"t","why":"y","why":"z"}"#,
        r#"{"op":"reserve","id":"x","time":"t","amount":"1","key":"k","url":"u"}"#,
        r#"{"op":"spend","id":"x","time":"t"}"#,
    ] {
        fs::write(one.path(), format!("{}{bad}\n", String::from_utf8_lossy(lines[0]))).unwrap();
        assert_eq!(one.state(now(), None).unwrap_err().code(), "broken_spending", "{bad}");
    }
    fs::remove_file(one.path()).unwrap();
    assert_eq!(spent(&one), Usd::ZERO);
}

/// Wherever a write was cut off: what it was to say never took effect, and what was there before does.
#[test]
fn a_line_that_was_cut_off_is_put_aside() {
    let dir = home();
    let first = reserve(&ledger(dir.path()), GROSS * 10, "a").unwrap();
    let path = ledger(dir.path()).path();
    let before = fs::read(&path).unwrap().len();
    let _ = reserve(&ledger(dir.path()), GROSS * 10, "b").unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in before + 1..whole.len() - 1 {
        fs::write(&path, &whole[..cut]).unwrap();
        // One that has read what came before, and one that hasn't.
        let (one, other) = (ledger(dir.path()), ledger(dir.path()));
        assert_eq!(one.state(now(), None).unwrap().spent, Usd::from_atomic(GROSS), "{cut}");
        one.settle(&first.id, 100, now()).unwrap();
        let aside = dir.path().join(format!("{}.torn-{before}", path.file_name().unwrap().to_str().unwrap()));
        assert_eq!(fs::read(&aside).unwrap(), &whole[before..cut], "{cut}");
        for ledger in [&one, &other] {
            assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(100), "{cut}");
        }
        let _ = reserve(&other, GROSS * 10, "b").unwrap();
        assert_eq!(one.state(now(), None).unwrap().spent, Usd::from_atomic(100 + GROSS), "{cut}");
        fs::remove_file(&aside).unwrap();
    }
    // All of it but the newline, as an editor leaves it, counts.
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let one = ledger(dir.path());
    for _ in 0..2 {
        assert_eq!(one.state(now(), None).unwrap().spent, Usd::from_atomic(2 * GROSS));
    }
    assert_eq!(reserve(&one, GROSS * 10, "b"), Err(Reason::Replay));
    assert_eq!(one.state(now(), None).unwrap().spent, Usd::from_atomic(2 * GROSS));
    assert_eq!(fs::read(&path).unwrap(), whole);
    // Without a whole line nobody knows what it was.
    fs::write(&path, &whole[..20]).unwrap();
    assert_eq!(one.state(now(), None).unwrap_err().code(), "broken_journal");
    assert_eq!(
        one.release("x", "never sent", Grounds::NothingLeft, now()).unwrap_err().code(),
        "broken_journal"
    );
}

/// After the first look, a payment costs what it adds, however long the ledger is: what was read isn't read again.
#[test]
fn a_long_ledger_is_read_once() {
    use std::os::unix::fs::FileExt as _;
    let dir = home();
    let first = reserve(&ledger(dir.path()), GROSS, "first").unwrap();
    let path = ledger(dir.path()).path();
    let mut text = fs::read_to_string(&path).unwrap();
    let broken_at = text.len() as u64 + 10;
    let day = "2026-11-22";
    for number in 0..5_000 {
        let id = format!("{number:032x}");
        text.push_str(&format!(
            "{{\"op\":\"reserve\",\"id\":\"{id}\",\"day\":\"{day}\",\"time\":\"t\",\"amount\":\"1\",\"key\":\"{id}\",\"url\":\"u\"}}\n"
        ));
        text.push_str(&format!("{{\"op\":\"settle\",\"id\":\"{id}\",\"time\":\"t\",\"amount\":\"1\"}}\n"));
    }
    fs::write(&path, text).unwrap();
    let ledger = ledger(dir.path());
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(GROSS));
    fs::OpenOptions::new().write(true).open(&path).unwrap().write_all_at(b"garbage", broken_at).unwrap();
    for number in 0..3 {
        let reservation = reserve(&ledger, GROSS * 100, &format!("new {number}")).unwrap();
        ledger.settle(&reservation.id, GROSS, now()).unwrap();
    }
    ledger.settle(&first.id, GROSS, now()).unwrap();
    assert_eq!(ledger.entries().unwrap().len(), 5_004);
    assert_eq!(ledger.state(now(), None).unwrap().spent, Usd::from_atomic(GROSS * 4));
    // Whoever comes later reads all of it, and says so.
    let error = self::ledger(dir.path()).state(now(), None).unwrap_err();
    assert!(error.message().contains("line 3 of"), "{}", error.message());
}
