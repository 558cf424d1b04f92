//! Odd answers: what is paid all the same, what is refused, and that nothing in them does any harm.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::Blockhash;
use leash_intent::{Intent, Meaning, check};
use leash_pay::{Offer, Paywall, Protocol, choose};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{entry, entry_v1, payment, request, terms, x402};

/// Headers, body, and the protocol and price that are paid, or the code of the refusal.
struct Odd(&'static str, Vec<(&'static str, String)>, String, Result<(Protocol, u64), &'static str>);

fn header(accepts: &Value) -> Vec<(&'static str, String)> {
    vec![("payment-required", x402(2, accepts))]
}

fn without(mut entry: Value, name: &str) -> Value {
    entry.as_object_mut().unwrap().remove(name);
    entry
}

fn with(mut entry: Value, name: &str, value: Value) -> Value {
    entry[name] = value;
    entry
}

fn odd() -> Vec<Odd> {
    let paid = Ok((Protocol::X402V2, 1_000));
    let document = |version: Value| json!({"x402Version": version, "accepts": [entry()]}).to_string();
    let encoded = |text: String| vec![("payment-required", STANDARD.encode(text))];
    let url_safe =
        x402(2, &json!([with(entry(), "odd", json!("???>>>~~~"))])).replace('+', "-").replace('/', "_");
    vec![
        Odd(
            "extra is null",
            header(&json!([with(entry(), "extra", json!(null))])),
            String::new(),
            Err("bad_fee_payer"),
        ),
        Odd("no extra", header(&json!([without(entry(), "extra")])), String::new(), Err("bad_fee_payer")),
        Odd(
            "extra is a list",
            header(&json!([with(entry(), "extra", json!([]))])),
            String::new(),
            Err("bad_fee_payer"),
        ),
        Odd(
            "a number as amount",
            header(&json!([with(entry(), "amount", json!(1000))])),
            String::new(),
            Err("malformed_challenge"),
        ),
        Odd(
            "the amount of version 1",
            header(&json!([with(without(entry(), "amount"), "maxAmountRequired", json!("1"))])),
            String::new(),
            Err("malformed_challenge"),
        ),
        Odd(
            "both amounts",
            header(&json!([with(entry(), "maxAmountRequired", json!("1"))])),
            String::new(),
            paid,
        ),
        Odd("no timeout", header(&json!([without(entry(), "maxTimeoutSeconds")])), String::new(), paid),
        Odd("null among offers", header(&json!([null, entry()])), String::new(), paid),
        Odd("a list among offers", header(&json!([[entry()], entry()])), String::new(), paid),
        Odd(
            "an object in the place of the list",
            encoded(json!({"x402Version": 2, "accepts": entry()}).to_string()),
            String::new(),
            Err("malformed_challenge"),
        ),
        Odd("an empty list", header(&json!([])), String::new(), Err("malformed_challenge")),
        Odd("version 3", encoded(document(json!(3))), String::new(), Err("unknown_protocol")),
        Odd("version as text", encoded(document(json!("2"))), String::new(), Err("unknown_protocol")),
        Odd(
            "version 2.0",
            encoded(document(json!(2)).replace(":2,", ":2.0,").replace(":2}", ":2.0}")),
            String::new(),
            paid,
        ),
        Odd("version null", encoded(document(json!(null))), String::new(), Err("unknown_protocol")),
        Odd("version 3 beside version 2", encoded(document(json!(3))), document(json!(2)), paid),
        Odd("a byte order mark", encoded(format!("\u{feff}{}", document(json!(2)))), String::new(), paid),
        Odd("base64 for URLs", vec![("payment-required", url_safe)], String::new(), paid),
        Odd(
            "spaces around",
            vec![("payment-required", format!("  {} ", x402(2, &json!([entry()]))))],
            String::new(),
            paid,
        ),
        Odd(
            "no padding",
            vec![("payment-required", x402(2, &json!([entry()])).trim_end_matches('=').to_owned())],
            String::new(),
            paid,
        ),
        Odd("another case", vec![("Payment-REQUIRED", x402(2, &json!([entry()])))], String::new(), paid),
        Odd("an HTML body", header(&json!([entry()])), "<!doctype html><p>Pay".to_owned(), paid),
        Odd(
            "an empty body of version 1",
            header(&json!([entry()])),
            json!({"x402Version": 1, "accepts": []}).to_string(),
            paid,
        ),
        Odd(
            "an error in the body",
            header(&json!([entry()])),
            json!({"error": {"code": 402}}).to_string(),
            paid,
        ),
        Odd(
            "a body that isn't UTF-8",
            header(&json!([entry()])),
            "{\"x402Version\":\u{fffd}}".to_owned(),
            paid,
        ),
        Odd("version 2 in the body", vec![], document(json!(2)), paid),
        Odd(
            "version 1 in the body",
            vec![],
            json!({"x402Version": 1, "accepts": [entry_v1()], "error": null}).to_string(),
            Ok((Protocol::X402V1, 1_000)),
        ),
        Odd(
            "EVM first",
            header(&json!([with(entry(), "network", json!("eip155:8453")), entry()])),
            String::new(),
            paid,
        ),
        Odd(
            "another scheme first",
            header(&json!([with(entry(), "scheme", json!("upto")), entry()])),
            String::new(),
            paid,
        ),
        Odd("the same offer twice", header(&json!([entry(), entry()])), String::new(), paid),
        Odd(
            "a name twice",
            encoded(
                document(json!(2)).replace("\"amount\":\"1000\"", "\"amount\":\"5\",\"amount\":\"1000\""),
            ),
            String::new(),
            paid,
        ),
        Odd(
            "MPP for another method beside x402",
            [
                header(&json!([entry()])),
                vec![("www-authenticate", payment("c", &request()).replace("\"solana\"", "\"tempo\""))],
            ]
            .concat(),
            String::new(),
            paid,
        ),
        Odd(
            "a broken challenge beside x402",
            [header(&json!([entry()])), vec![("www-authenticate", "Payment id=\"".to_owned())]].concat(),
            String::new(),
            paid,
        ),
        Odd(
            "Bearer only",
            vec![("www-authenticate", "Bearer realm=\"x\"".to_owned())],
            String::new(),
            Err("unknown_protocol"),
        ),
        Odd(
            "an empty id",
            vec![("www-authenticate", payment("", &request()))],
            String::new(),
            Err("malformed_challenge"),
        ),
        Odd(
            "a request that is no object",
            vec![("www-authenticate", payment("c", &json!([request()])))],
            String::new(),
            Err("malformed_challenge"),
        ),
        Odd(
            "a padded request",
            vec![(
                "www-authenticate",
                payment("c", &with(request(), "a", json!("b"))).replace("\", realm", "==\", realm"),
            )],
            String::new(),
            Ok((Protocol::Mpp, 1_000)),
        ),
        Odd(
            "no method details",
            vec![("www-authenticate", payment("c", &without(request(), "methodDetails")))],
            String::new(),
            Err("wrong_network"),
        ),
        Odd("nothing", vec![], String::new(), Err("unknown_protocol")),
        Odd("null", vec![], "null".to_owned(), Err("unknown_protocol")),
        Odd(
            "some other JSON",
            vec![],
            json!({"message": "Payment Required"}).to_string(),
            Err("unknown_protocol"),
        ),
    ]
}

#[test]
fn odd_answers_are_paid_or_refused() {
    for Odd(name, headers, body, expected) in odd() {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let chosen = Paywall::read(headers, body.as_bytes()).and_then(|paywall| choose(&paywall, &terms()));
        match (chosen, expected) {
            (Ok(offer), Ok(expected)) => assert_eq!((offer.protocol, offer.net), expected, "{name}"),
            (Err(refusal), Err(code)) => assert_eq!(refusal.code, code, "{name}: {refusal}"),
            (chosen, _) => panic!("{name}: {chosen:?}"),
        }
    }
}

/// What holds of each offer that can be paid, however it was written.
fn assert_sound(offer: &Offer) {
    let payment = offer.payment(&terms(), || "00".repeat(16)).with_compute(offer.compute(Some(9_000), 7));
    let (gross, _) = offer.gross().unwrap();
    let transfers = payment.transfers().unwrap();
    assert_eq!(transfers.iter().map(|(_, amount)| *amount).sum::<u64>(), gross);
    let own = [terms().executive, terms().agent, leash_chain::treasury(&terms().agent)];
    assert!(transfers.iter().all(|(to, amount)| *amount > 0 && !own.contains(to)));
    let max_fee = payment.network_fee();
    let intent =
        Intent::new(terms().executive, Meaning::Pay(payment), Blockhash::new([9; 32]), max_fee).unwrap();
    check(intent.build().unwrap(), &intent).unwrap();
    let value = offer.header_value("AQ==");
    assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value}");
}

/// Puts a value in the place of the part with this number, counting from the front.
fn replace(value: &mut Value, number: &mut usize, by: &Value) {
    if *number == 0 {
        *value = by.clone();
        *number = usize::MAX;
        return;
    }
    *number -= 1;
    match value {
        Value::Object(members) => {
            for member in members.values_mut() {
                if *number != usize::MAX {
                    replace(member, number, by);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if *number != usize::MAX {
                    replace(item, number, by);
                }
            }
        }
        _ => {}
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    let own = terms().executive.to_string();
    prop_oneof![
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(""),
            json!(0),
            json!(-1),
            json!(1e300),
            json!([]),
            json!({}),
            json!("0"),
            json!("18446744073709551615"),
            json!("9223372036854775807"),
            json!("sol"),
            json!("USDC"),
            json!(own),
            json!("11111111111111111111111111111111"),
            json!("\u{0}\u{1b}\u{202e}"),
            json!("x".repeat(600)),
            json!("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"),
            json!({"recipient": "x"}),
            json!([null, 1]),
        ]),
        "\\PC{0,20}".prop_map(Value::from),
        any::<u64>().prop_map(|number| Value::from(number.to_string())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn whatever_is_changed_what_can_be_paid_is_sound(
        changes in prop::collection::vec((0_usize..25, odd_value()), 1..4), which in 0_usize..3, in_body: bool,
    ) {
        let mut document = match which {
            0 => json!({"x402Version": 2, "accepts": [entry(), entry()], "extensions": {"payment-identifier": {"info": {}}}}),
            1 => json!({"x402Version": 1, "accepts": [entry_v1(), entry_v1()]}),
            _ => {
                let mut request = request();
                request["externalId"] = json!("order");
                request["methodDetails"]["feePayer"] = json!(true);
                request["methodDetails"]["feePayerKey"] = entry()["extra"]["feePayer"].clone();
                request["methodDetails"]["splits"] =
                    json!([{"recipient": "2D5ErJtyNjFZBa9f3rLHTeDdnDkCp6pEHRU5BvS2tSuX", "amount": "10", "memo": "fee"}]);
                request
            }
        };
        for (number, by) in changes {
            replace(&mut document, &mut number.clone(), &by);
        }
        let (headers, body) = match which {
            2 => (vec![("www-authenticate", payment("c", &document))], String::new()),
            _ if in_body => (vec![], document.to_string()),
            _ => (vec![("payment-required", STANDARD.encode(document.to_string()))], String::new()),
        };
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        if let Ok(paywall) = Paywall::read(headers, body.as_bytes()) {
            let all = paywall.candidates(Some(&terms()));
            for candidate in all.iter() {
                match &candidate.verdict {
                    Ok(offer) => assert_sound(offer),
                    Err(reason) => prop_assert!(!reason.to_string().is_empty() && !reason.code().is_empty()),
                }
            }
            prop_assert!(all.best().is_some() || !all.refusal().reason.is_empty());
            let _ = paywall.candidates(None).refusal();
        }
    }

    #[test]
    fn any_answer_is_read(
        header in "\\PC{0,60}", challenge in "(Payment )?[a-z]{0,6}=?\"?\\PC{0,60}", body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let headers = [("payment-required", header.as_str()), ("www-authenticate", challenge.as_str())];
        if let Ok(paywall) = Paywall::read(headers, &body) {
            prop_assert!(paywall.candidates(Some(&terms())).best().is_none());
        }
    }
}
