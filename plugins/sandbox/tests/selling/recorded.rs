//! What the original answered, answered again: times, names, hosts and keys aside.

use serde_json::{Value, json};

use crate::{
    common::{Request, lines},
    shop::{Shop, unpack},
};

fn exchanges() -> Vec<Value> {
    lines(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/paywall.jsonl"))
}

/// The exchange of this name.
fn recorded(name: &str) -> Value {
    exchanges().into_iter().find(|exchange| exchange["case"] == name).unwrap()
}

/// Puts what differs from run to run out of the way.
fn normalise(value: &mut Value, shop: &Shop, own: &[(&str, &str)]) {
    match value {
        Value::String(text) => {
            let here = format!("http://127.0.0.1:{}", shop.server.port);
            *text = text.replace(&here, "ORIGIN").replace("http://127.0.0.1:18787", "ORIGIN");
            *text = text.replace("http://127.0.0.1:18788", "ORIGIN");
            for (from, to) in own {
                *text = text.replace(from, to);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| normalise(item, shop, own)),
        Value::Object(members) => members.values_mut().for_each(|member| normalise(member, shop, own)),
        _ => {}
    }
}

fn facilitator(shop: &Shop) -> String {
    shop.get("/supported").json()["signers"]["solana:*"][0].as_str().unwrap().to_owned()
}

const THEIRS: &str = "8pGaWx1baPBK12j6B3QyGS4MQTeX42MgnJj231QsSu3X";

#[test]
fn the_402_of_x402() {
    let shop = Shop::new();
    let recorded = recorded("x402 unpaid");
    let id = "01m839w3qyfa2xst84tjznhknn";
    let path = shop.link(&json!({ "id": id, "label": "Seller two", "response": { "body": {} } }));
    let answer = shop.get(&path);
    assert_eq!((answer.status, answer.body.as_str()), (402, recorded["body"].as_str().unwrap()));
    for (name, value) in recorded["headers"].as_object().unwrap() {
        assert_eq!(answer.header(name), value.as_str(), "{name}");
    }
    let ours = facilitator(&shop);
    let (mut expected, mut got) = (recorded["payment-required"].clone(), unpack(&answer, "payment-required"));
    let seller = leash_chain::treasury(&crate::common::MINT.parse().unwrap()).to_string();
    let keys = [(ours.as_str(), "FACILITATOR"), (seller.as_str(), "SELLER")];
    normalise(&mut got, &shop, &keys);
    let theirs = [(THEIRS, "FACILITATOR"), ("F95q3wLWQ81P2fYEmskBLwbuhZdGCSHdgxEiWsFYuSYD", "SELLER")];
    normalise(&mut expected, &shop, &theirs);
    // Texts, so that the order of members counts.
    assert_eq!(got.to_string(), expected.to_string());
}

#[test]
fn the_402_of_mpp() {
    let shop = Shop::new();
    let recorded = recorded("mpp unpaid");
    let path = shop.link(&json!({ "protocol": "mpp", "label": "Mpp", "price": "0.03 USDC" }));
    let answer = shop.get(&path);
    assert_eq!(answer.status, 402);
    for (name, value) in recorded["headers"].as_object().unwrap() {
        assert_eq!(answer.header(name), value.as_str(), "{name}");
    }
    let ours = facilitator(&shop);
    let (mut expected, mut got) = (recorded["body"].clone(), answer.json());
    let id = got["challengeId"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), expected["challengeId"].as_str().unwrap().len());
    let seller = leash_chain::treasury(&crate::common::MINT.parse().unwrap()).to_string();
    let keys = [(ours.as_str(), "FACILITATOR"), (seller.as_str(), "SELLER"), (id.as_str(), "ID")];
    normalise(&mut got, &shop, &keys);
    let theirs = [
        (THEIRS, "FACILITATOR"),
        ("F95q3wLWQ81P2fYEmskBLwbuhZdGCSHdgxEiWsFYuSYD", "SELLER"),
        ("fd661cbb-a099-4364-b883-196ebdecb779", "ID"),
    ];
    normalise(&mut expected, &shop, &theirs);
    assert_eq!(got.to_string(), expected.to_string());
}

#[test]
fn the_paid_answer_of_x402() {
    let shop = Shop::new();
    let recorded = recorded("x402 paid");
    let buyer = shop.buyer(21);
    let path = shop.link(&json!({ "label": "Seller two" }));
    let answer = shop.server.send(&buyer.x402(&shop, &Request::new("GET", &path), "r"));
    let proof = unpack(&answer, "payment-response");
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&proof), names(&recorded["payment-response"]));
    let (theirs, ours) =
        (&recorded["payment-response"]["paymentRequirements"], &proof["paymentRequirements"]);
    assert_eq!(names(ours), names(theirs));
    assert_eq!(proof["extensions"]["leash.paymentRequirements"], *ours);
    for name in recorded["header-names"].as_array().unwrap() {
        assert!(answer.header(name.as_str().unwrap()).is_some(), "{name}");
    }
    let tx_sig = answer.header("x-leash-tx-sig").unwrap();
    let page = format!("https://solscan.io/tx/{tx_sig}?cluster=devnet");
    assert_eq!(answer.header("x-leash-tx-explorer"), Some(page.as_str()));
}

#[test]
fn refusals() {
    let shop = Shop::new();
    let path = shop.link(&json!({ "id": "01m839w7f5t597h9dbwc1sn2zn", "method": "POST" }));
    for (name, path) in [("unknown", "/x/nope"), ("another method", path.as_str())] {
        let recorded = recorded(name);
        let answer = shop.get(path);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (
                u16::try_from(recorded["status"].as_u64().unwrap()).unwrap(),
                recorded["body"].as_str().unwrap(),
            )
        );
    }
}

#[test]
fn what_the_facilitator_supports() {
    let shop = Shop::new();
    let recorded = recorded("supported");
    let ours = facilitator(&shop);
    for path in ["/supported", "/facilitator/supported"] {
        let body = shop.get(path).body.replace(&ours, THEIRS);
        assert_eq!(body, recorded["body"].as_str().unwrap());
    }
    // The fee is enforced here, and only warned of there.
    let health = shop
        .get("/health")
        .body
        .replace(&ours, THEIRS)
        .replace("\"enforce\":\"enforce\"", "\"enforce\":\"warn\"");
    assert_eq!(health, self::recorded("health")["body"].as_str().unwrap());
}
