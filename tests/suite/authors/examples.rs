//! The project's own plugins pass; those that misbehave fail where they should.

use leash_test_needs::needs;
use leash_tests::{Home, programs};

use super::{case, cases, cc, copy, plugins, tested};

const KEYS: &str = "GET /v1/agents/{mint}/api-keys";

/// Looks at an example, all of it; nothing may fail, and these cases alone may have nothing to look at.
#[track_caller]
fn passes(home: &Home, path: &str, arguments: &[&str], warnings: u64, skipped: &[&str]) {
    let linted = home.leash(["plugin", "lint", path, "--json"]).ok().json();
    let large = linted["items"].as_array().unwrap().iter().filter(|item| item["rule"] == "large").count();
    assert_eq!(linted["warnings"].as_u64().unwrap() - large as u64, warnings, "{linted:#}");
    let words: Vec<_> = [path, "--"].iter().chain(arguments).copied().collect();
    let outcome = tested(home, &words);
    let document = outcome.json();
    assert_eq!((outcome.status, cases(&document, "warning").len()), (0, 0), "{document:#}");
    assert_eq!(cases(&document, "skipped"), skipped, "{document:#}");
}

#[needs("python3")]
#[test]
fn stale_keys_passes() {
    let home = Home::new();
    for (file, mode) in [("leash-stale-keys", 0o755), ("leash-stale-keys.toml", 0o644)] {
        let _ = copy(&home, &plugins().join("examples/python").join(file), file, mode);
    }
    passes(&home, "leash-stale-keys", &["--days", "30"], 0, &["payments"]);
}

#[test]
fn whoami_card_passes() {
    let home = Home::new();
    for (file, mode) in [("leash-whoami-card", 0o755), ("leash-whoami-card.toml", 0o644)] {
        let _ = copy(&home, &plugins().join("examples/sh").join(file), file, mode);
    }
    passes(&home, "leash-whoami-card", &[], 0, &["payments", "json"]);
}

#[test]
fn buy_quote_passes() {
    let home = Home::new();
    for (file, mode) in [("leash-buy-quote", 0o755), ("leash-buy-quote.toml", 0o644)] {
        let _ = copy(&home, &plugins().join("examples/sh").join(file), file, mode);
    }
    // What it buys comes from a shop and not from the API.
    let skipped = ["signatures", "json", "api-fails", "api-nonsense"];
    passes(&home, "leash-buy-quote", &["https://api.leash.market/x/quote"], 0, &skipped);
    // Elsewhere it would be refused, and says so.
    let outcome = tested(&home, &["leash-buy-quote", "--case", "payments", "--", "https://shop.example/"]);
    assert_eq!((outcome.status, case(&outcome.json(), "payments")), (3, "failed"));
}

#[test]
fn keys_report_passes() {
    let home = Home::new();
    let _ = copy(&home, &programs().join("example-keys-report"), "leash-keys-report", 0o755);
    let manifest = plugins().join("example-rust/leash-keys-report.toml");
    let _ = copy(&home, &manifest, "leash-keys-report.toml", 0o644);
    passes(&home, "leash-keys-report", &[], 0, &["payments"]);
}

#[test]
fn sign_check_passes() {
    let home = Home::new();
    let examples = plugins().join("examples/c");
    let include = plugins().join("loader/include");
    let (source, built) = (examples.join("leash-sign-check.c"), home.join("leash-sign-check"));
    cc(&["-shared", "-fPIC", "-fvisibility=hidden", "-I"]
        .map(AsRef::as_ref)
        .into_iter()
        .chain([include.as_path(), "-o".as_ref(), &built, &source])
        .collect::<Vec<_>>());
    let _ = copy(&home, &examples.join("leash-sign-check.toml"), "leash-sign-check.toml", 0o644);
    // It asks for a lot, which is what it is about.
    let skipped = ["payments", "signatures", "json", "alone", "api-fails", "api-nonsense"];
    passes(&home, "leash-sign-check", &["GET", "/v1/agents/{mint}/api-keys"], 1, &skipped);
}

/// One that misbehaves, and cases in which it is found out.
#[track_caller]
fn fails(name: &str, arguments: &[&str], expected: &[&str]) {
    let home = Home::new();
    let file = format!("leash-{name}");
    let _ = copy(&home, &plugins().join("examples/misbehaving/exec").join(&file), &file, 0o755);
    let mut words = vec![file.as_str(), "--allow", KEYS];
    expected.iter().for_each(|case| words.extend(["--case", case]));
    words.push("--");
    words.extend(arguments);
    let outcome = tested(&home, &words);
    let document = outcome.json();
    assert_eq!(outcome.status, 3, "{document:#}");
    for name in expected {
        assert!(matches!(case(&document, name), "failed" | "warning"), "{name}: {document:#}");
    }
}

#[needs("python3")]
#[test]
fn bad_frames_fails() {
    fails("bad-frames", &[], &["run", "hello", "scopes", "stdout-closed"]);
}

#[test]
fn run_again_fails() {
    fails("run-again", &[], &["scopes"]);
}

#[needs("python3")]
#[test]
fn keep_socket_fails() {
    fails("keep-socket", &["report"], &["left-behind", "denied-scope", "closed"]);
}
