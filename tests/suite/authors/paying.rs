//! `leash plugin test` on plugins that pay: what they ask for, and what they make of a refusal.

use leash_test_needs::needs;
use leash_tests::Home;
use serde_json::Value;

use super::{GREETS, case, cases, tested};

const MANIFEST: &str = r#"
schema = 1
protocol = [1]
name = "bad"
version = "1.0.0"
summary = "A plugin that pays, with one fault"
[pay]
max_per_call = "0.05"
max_per_day = "1"
hosts = ["shop.example"]
"#;

/// A plugin in Python that pays for one thing, and then does this.
fn python(host: &str, max: &str, after: &str) -> String {
    format!(
        r#"#!/usr/bin/env python3
import hashlib, json, os, socket, struct, sys
if "LEASH_SIGNER" not in os.environ: sys.exit("error: nothing is granted")
{GREETS}body_sha256 = hashlib.sha256(b"").hexdigest()
answer = ask(1, op="pay", method="GET", url="https://{host}/quote", body_sha256=body_sha256, max="{max}")
{after}
"#
    )
}

/// Runs some cases on a plugin; the document.
fn run(script: &str, names: &[&str]) -> Value {
    let home = Home::new();
    let _ = home.write_script("leash-bad", script);
    let _ = home.write("leash-bad.toml", MANIFEST, 0o644);
    let mut words = vec!["leash-bad"];
    names.iter().for_each(|name| words.extend(["--case", name]));
    tested(&home, &words).json()
}

const REFUSALS: &[&str] = &["denied-scope", "denied-consent", "quota", "expired", "locked", "internal"];

#[needs("python3")]
#[test]
fn what_was_not_paid_for_is_no_success() {
    let liar = run(&python("shop.example", "0.05", "print('bought')"), REFUSALS);
    assert_eq!(cases(&liar, "failed"), REFUSALS, "{liar:#}");
    let honest = "if 'err' in answer: sys.exit('error: ' + answer['err']['message'])\nprint('bought')";
    let honest = run(&python("shop.example", "0.05", honest), REFUSALS);
    assert!(cases(&honest, "failed").is_empty(), "{honest:#}");
}

#[needs("python3")]
#[test]
fn who_pays_more_than_its_manifest_asks_for_is_found_out() {
    let outcome = |host: &str, max: &str| {
        let document = run(&python(host, max, "print(len(answer))"), &["payments"]);
        case(&document, "payments").to_owned()
    };
    assert_eq!(outcome("shop.example", "0.05"), "ok");
    assert_eq!(outcome("shop.example", "0.06"), "failed");
    assert_eq!(outcome("other.example", "0.05"), "failed");
    assert_eq!(outcome("notshop.example", "0.05"), "failed");
}
