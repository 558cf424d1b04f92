//! x402 in both versions, as foreign sellers write it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_intent::Layout;
use leash_pay::{Offer, Protocol};
use serde_json::{Value, json};

use crate::{candidates, entry, entry_v1, terms, x402};

fn of(version: u8, entry: &Value) -> Offer {
    let all = candidates(&[("PAYMENT-REQUIRED", &x402(version, &json!([entry])))], "{}");
    all.iter().next().unwrap().verdict.clone().unwrap()
}

fn memo(offer: &Offer) -> Option<String> {
    offer.payment(&terms(), || "nonce".to_owned()).memo
}

fn with(mut entry: Value, path: &str, value: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    entry.pointer_mut(parent).unwrap()[name] = value;
    entry
}

#[test]
fn the_memo_depends_on_version_and_spelling() {
    let caip2 = json!("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1");
    let nonce = Some("nonce".to_owned());
    assert_eq!(memo(&of(1, &entry_v1())), None);
    assert_eq!(memo(&of(1, &with(entry_v1(), "/network", caip2))), nonce);
    assert_eq!(memo(&of(2, &entry())), nonce);
    assert_eq!(memo(&of(2, &with(entry(), "/network", json!("solana-devnet")))), nonce);
    for (version, entry) in [(1, entry_v1()), (2, entry())] {
        let seller = with(entry.clone(), "/extra/memo", json!("order \u{1b} é"));
        assert_eq!(memo(&of(version, &seller)).as_deref(), Some("order \u{1b} é"));
        for none in [json!(""), json!(null)] {
            let expected = memo(&of(version, &entry));
            assert_eq!(memo(&of(version, &with(entry.clone(), "/extra/memo", none))), expected);
        }
    }
}

#[test]
fn without_a_nonce_the_compute_price_varies() {
    let nonce = of(2, &entry());
    assert_eq!(nonce.compute(Some(10_000), 1), nonce.compute(Some(10_000), 2));
    assert_eq!(nonce.compute(Some(10_000), 1).limit, 12_000);
    // Where nothing could be simulated, a longer memo gets a higher limit.
    let long = of(2, &with(entry(), "/extra/memo", json!("x".repeat(256))));
    let [short, long] = [&nonce, &long].map(|offer| offer.compute(None, 1).limit);
    assert!(short < 30_000 && (100_000..=200_000).contains(&long), "{short} {long}");
    for offer in [of(1, &entry_v1()), of(2, &with(entry(), "/extra/memo", json!("thanks")))] {
        assert_ne!(offer.compute(Some(10_000), 1), offer.compute(Some(10_000), 2));
        assert!((1..=10_000).contains(&offer.compute(None, u16::MAX).price));
    }
}

#[test]
fn leash_pays_its_own_layout_only_where_its_fee_is_asked_for() {
    let fee = json!({"v": "1", "bps": 100, "feeAuthority": "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W"});
    for (version, entry) in [(1, entry_v1()), (2, entry())] {
        let plain = of(version, &entry).payment(&terms(), String::new);
        assert!(matches!(plain.layout, Layout::Standard { .. }));
        let offer = of(version, &with(entry, "/extra/leash.fee", fee.clone()));
        let payment = offer.payment(&terms(), || "nonce".to_owned());
        assert_eq!((payment.layout, payment.memo.as_deref()), (Layout::Leash, Some("nonce")));
        assert_eq!(offer.gross(), Some((1_010, 10)));
    }
}

#[test]
fn hints_never_refuse() {
    for (path, value) in [
        ("/maxTimeoutSeconds", json!(0)),
        ("/maxTimeoutSeconds", json!(3600)),
        ("/maxTimeoutSeconds", json!(null)),
        ("/maxTimeoutSeconds", json!("60")),
        ("/extra/recentBlockhash", json!("nonsense")),
        ("/extra/recentBlockhash", json!(7)),
        ("/extra/decimals", json!("six")),
        ("/something", json!([1, {"new": true}])),
    ] {
        assert_eq!(of(2, &with(entry(), path, value)).net, 1_000, "{path}");
    }
    let mut without = entry();
    without.as_object_mut().unwrap().remove("maxTimeoutSeconds");
    of(2, &without);
    let hash = leash_chain::Blockhash::new([9; 32]);
    let given = of(2, &with(entry(), "/extra/recentBlockhash", json!(hash.to_string())));
    assert_eq!(given.recent_blockhash, Some(hash));
}

#[test]
fn networks_are_sent_back_as_they_were_written() {
    let decoded = |offer: &Offer| -> Value {
        serde_json::from_slice(&STANDARD.decode(offer.header_value("AQ==")).unwrap()).unwrap()
    };
    let caip2 = json!("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1");
    for network in [json!("solana-devnet"), caip2] {
        let one = of(1, &with(entry_v1(), "/network", network.clone()));
        assert_eq!(decoded(&one)["network"], network);
        let two = with(with(entry(), "/network", network.clone()), "/odd", json!({"z": 1, "a": null}));
        let sent = decoded(&of(2, &two));
        assert_eq!(sent["accepted"], two);
        assert_eq!(sent["x402Version"], 2);
    }
}

#[test]
fn resource_and_extensions_are_echoed_and_the_payment_is_identified() {
    let document = json!({
        "x402Version": 2, "accepts": [entry()], "resource": {"url": "https://a.example/x", "odd": 1},
        "extensions": {
            "bazaar": {"info": {"id": "kept"}},
            "payment-identifier": {"info": {"required": true}, "schema": {"type": "object"}},
        },
    });
    let all = candidates(&[("payment-required", &crate::base64(&document))], "");
    let (_, offer) = all.best().unwrap();
    let sent = |transaction: &str| -> Value {
        serde_json::from_slice(&STANDARD.decode(offer.header_value(transaction)).unwrap()).unwrap()
    };
    let mut expected = document["extensions"].clone();
    let id = sent("AQ==")["extensions"]["payment-identifier"]["info"]["id"].as_str().unwrap().to_owned();
    assert!(
        (16..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        "{id}"
    );
    expected["payment-identifier"]["info"]["id"] = json!(id);
    assert_eq!(sent("AQ==")["extensions"], expected);
    assert_eq!(sent("AQ==")["resource"], document["resource"]);
    // One id for a payload, another one for another payload.
    assert_eq!(offer.header_value("AQ=="), offer.header_value("AQ=="));
    assert_ne!(sent("Ag==")["extensions"]["payment-identifier"]["info"]["id"], json!(id));
}

#[test]
fn an_extension_in_another_shape_is_echoed_as_it_is() {
    for extensions in [
        json!({"payment-identifier": true}),
        json!({"payment-identifier": {"info": []}}),
        json!({"payment-identifier": {"info": {"id": "the seller's own"}}}),
        json!({}),
        json!([]),
    ] {
        let document = json!({"x402Version": 2, "accepts": [entry()], "extensions": extensions});
        let all = candidates(&[("payment-required", &crate::base64(&document))], "");
        let proof = all.best().unwrap().1.proof("AQ==").to_json();
        let sent: Value = serde_json::from_str(&proof).unwrap();
        assert_eq!(sent["extensions"], extensions);
    }
}

#[test]
fn either_version_is_read_in_either_place() {
    for (version, entry, protocol) in [(1, entry_v1(), Protocol::X402V1), (2, entry(), Protocol::X402V2)] {
        let document = json!({"x402Version": version, "accepts": [entry]});
        let in_body = candidates(&[], &document.to_string());
        let raw = document.to_string();
        let unencoded = candidates(&[("Payment-Required", &raw)], "");
        for all in [in_body, unencoded] {
            assert_eq!(all.best().unwrap().1.protocol, protocol);
        }
    }
}
