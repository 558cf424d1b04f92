//! Canonical JSON, hashes and chains, as the original's own code computed them.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use leash_js::json;
use leash_receipts::{Fault, Verifier, canonical, receipt_hash, request_hash};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The vectors hold lone surrogates, which only the JSON of JavaScript has.
fn vectors() -> leash_js::Value {
    json::parse(include_bytes!("data/vectors.json")).unwrap()
}

fn list(value: &leash_js::Value, name: &str) -> Vec<leash_js::Value> {
    match value.get(name) {
        Some(leash_js::Value::List(items)) => items.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

fn text(value: &leash_js::Value, name: &str) -> Option<String> {
    value.get(name)?.as_text().map(leash_js::Text::to_lossy)
}

#[test]
fn canonical_json() {
    let vectors = list(&vectors(), "canonical");
    assert_eq!(vectors.len(), 19);
    for vector in vectors {
        let input = text(&vector, "input_json").unwrap();
        let printed = canonical(&json::parse(input.as_bytes()).unwrap());
        assert_eq!(printed, text(&vector, "canonical").unwrap(), "{input}");
        let hash: String =
            Sha256::digest(printed.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, text(&vector, "sha256").unwrap(), "{input}");
    }
}

#[test]
fn a_prototype_is_no_member() {
    for input in [r#"{"__proto__":1,"a":2}"#, r#"{"a":2,"__proto__":{"b":1}}"#] {
        assert_eq!(canonical(&json::parse(input.as_bytes()).unwrap()), r#"{"a":2}"#);
    }
}

#[test]
fn request_hashes() {
    for vector in list(&vectors(), "request_hash") {
        let headers: Vec<(String, String)> = match vector.get("headers") {
            Some(leash_js::Value::Object(members)) => members
                .iter()
                .map(|(name, value)| (name.to_lossy(), value.as_text().unwrap().to_lossy()))
                .collect(),
            _ => Vec::new(),
        };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = text(&vector, "body");
        let hash = request_hash(
            &text(&vector, "method").unwrap(),
            &text(&vector, "url").unwrap(),
            body.as_deref(),
            &headers,
        );
        assert_eq!(hash, text(&vector, "hash").unwrap());
    }
}

#[test]
fn receipt_hashes() {
    let vectors = list(&vectors(), "receipts");
    assert_eq!(vectors.len(), 10);
    let mut compared = 0;
    for vector in vectors {
        let receipt = vector.get("receipt").unwrap();
        assert_eq!(receipt_hash(receipt), text(receipt, "receipt_hash").unwrap());
        if let (Some(expected), leash_js::Value::Object(mut members)) =
            (text(&vector, "canonical"), receipt.clone())
        {
            members.retain(|(name, _)| !name.is("receipt_hash"));
            assert_eq!(canonical(&leash_js::Value::Object(members)), expected);
            compared += 1;
        }
    }
    assert!(compared > 0);
}

#[test]
fn chains() {
    let vectors = json::parse(include_bytes!("data/chains.json")).unwrap();
    let vectors = list(&vectors, "chains");
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let mut verifier = Verifier::new();
        let mut found = None;
        for line in list(&vector, "lines") {
            if let Err(fault) = verifier.line(line.as_text().unwrap().to_lossy().as_bytes()) {
                found = Some(fault);
                break;
            }
        }
        let result: Value = serde_json::from_str(&vector.get("result").unwrap().to_json()).unwrap();
        let said = match found {
            None => json!({ "ok": true, "count": verifier.so_far().count }),
            Some(Fault { nonce, reason }) => {
                json!({ "ok": false, "nonce": nonce, "reason": reason.as_str() })
            }
        };
        assert_eq!(said, result, "{:?}", text(&vector, "name"));
    }
}
