//! Treasuries that the original's own code derived.
#![allow(missing_docs, clippy::unwrap_used)]

#[test]
fn treasuries_are_the_originals() {
    let vectors: Vec<serde_json::Value> = serde_json::from_str(include_str!("treasury.json")).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let mint = vector["asset"].as_str().unwrap().parse().unwrap();
        assert_eq!(leash_chain::treasury(&mint).to_string(), vector["treasury"].as_str().unwrap());
    }
}
