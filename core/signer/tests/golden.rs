//! The vectors that the original client's own code computed: text and signature, byte for byte.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_signature::{Envelope, Secret, SignHttp};
use leash_signer::{Executive, verify};
use serde_json::Value;

#[test]
fn signatures_are_the_originals() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("signing.json")).unwrap();
    assert_eq!(vectors.len(), 33);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap_or_default().to_owned();
        let key = Executive::parse(&Secret::new(text("secret"))).unwrap();
        if let Some(public) = vector["public"].as_str() {
            assert_eq!(key.public().to_string(), public);
        }
        let (method, path, timestamp) = (text("method"), text("path"), text("timestamp"));
        let envelope = Envelope {
            method: &method,
            path_and_query: &path,
            timestamp: &timestamp,
            body_sha256: Envelope::hash_body(text("body").as_bytes()),
            agent: &text("mint").parse().unwrap(),
        };
        assert_eq!(envelope.text(), text("envelope"));
        let headers = key.sign_http(&envelope).unwrap();
        assert_eq!(headers.signature, text("signature"));
        let mut signature = [0; 64];
        bs58::decode(&headers.signature).onto(&mut signature).unwrap();
        assert!(verify(&key.public(), &envelope, &signature));
        signature[0] ^= 1;
        assert!(!verify(&key.public(), &envelope, &signature));
    }
}
