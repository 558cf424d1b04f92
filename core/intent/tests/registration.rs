//! What the original registers, and what it asks a mint API.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_chain::Network;
use leash_intent::{Registration, Service};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("registration.json")).unwrap()
}

fn registration() -> Registration {
    let document = &vectors()["registration"]["doc"];
    Registration {
        name: document["name"].as_str().unwrap().to_owned(),
        description: document["description"].as_str().unwrap().to_owned(),
        image: String::new(),
        services: serde_json::from_value(document["services"].clone()).unwrap(),
    }
}

const RECEIPTS: &str = "https://api.leash.market/v1/receipts/{agent}";

#[test]
fn a_registration_is_the_originals() {
    assert_eq!(registration().data_url(), vectors()["registration"]["data_url"]);
    assert_eq!(registration().document(), vectors()["registration"]["doc"].to_string());
}

#[test]
fn a_mint_api_is_asked_what_the_original_asks() {
    let wallet = vectors()["executive"].as_str().unwrap().parse().unwrap();
    let asked = registration().mint_request(wallet, Network::Devnet, RECEIPTS);
    assert_eq!(asked, vectors()["mint_api_request"]["body"].to_string());
}

#[test]
fn receipts_of_its_own_are_left_alone() {
    let mut own = registration();
    own.services.push(Service { name: "receipts".into(), endpoint: "https://a.example/r".into() });
    let wallet = vectors()["executive"].as_str().unwrap().parse().unwrap();
    assert!(!own.mint_request(wallet, Network::Devnet, RECEIPTS).contains("{agent}"));
}

#[test]
fn any_text_becomes_a_url_and_back() {
    let mut odd = registration();
    odd.name = "\"ä'(~*)!\u{2028}\u{1b}\u{7f}%#?&\\ 🦀".into();
    let url = odd.data_url();
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#?&\\<>".contains(&byte)), "{url}");
    let encoded = url.strip_prefix("data:application/json;utf8,").unwrap();
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
    let document: Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!(document["name"], odd.name);
}
