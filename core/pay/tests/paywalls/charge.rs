//! MPP as specified: what is read from a challenge, what is refused, and what is sent back.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use leash_intent::Split;
use leash_pay::{Offer, Paywall, Protocol, Unpayable};
use serde_json::{Value, json};

use crate::{candidates, payment, request, terms};

const PAYER: &str = "8SFqwqnq4whPhs8icwHA2hQg3hUoN1qrCLK1SBx3WKwe";
const OTHER: &str = "2D5ErJtyNjFZBa9f3rLHTeDdnDkCp6pEHRU5BvS2tSuX";

fn judge(request: &Value) -> Result<Offer, Unpayable> {
    let all = candidates(&[("WWW-Authenticate", &payment("c1", request))], "");
    assert_eq!(all.len(), 1);
    all.iter().next().unwrap().verdict.clone()
}

fn with(path: &str, value: Value) -> Value {
    let mut request = request();
    let (parent, name) = path.rsplit_once('/').unwrap();
    request.pointer_mut(parent).unwrap()[name] = value;
    request
}

fn sponsored(splits: Value) -> Value {
    let mut request = with("/methodDetails/splits", splits);
    request["methodDetails"]["feePayer"] = json!(true);
    request["methodDetails"]["feePayerKey"] = json!(PAYER);
    request
}

fn split(amount: &str) -> Value {
    json!({"recipient": OTHER, "amount": amount})
}

fn decoded(value: &str) -> Value {
    let text = value.strip_prefix("Payment ").unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[test]
fn each_fault_has_its_name() {
    judge(&request()).unwrap();
    let mainnet = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
    let executive = terms().executive.to_string();
    let nine: Vec<Value> = (0..9).map(|_| split("1")).collect();
    for (path, value, code) in [
        ("/amount", json!("0"), "bad_amount"),
        ("/amount", json!("-1"), "bad_amount"),
        ("/amount", json!("1.5"), "bad_amount"),
        ("/amount", json!("9223372036854775808"), "bad_amount"),
        ("/amount", json!(1000), "malformed_challenge"),
        ("/amount", json!(null), "malformed_challenge"),
        ("/currency", json!("sol"), "unknown_token"),
        ("/currency", json!("SOL"), "unknown_token"),
        ("/currency", json!(mainnet), "unknown_token"),
        ("/currency", json!("PYUSD"), "unknown_token"),
        ("/recipient", json!("nobody"), "bad_recipient"),
        ("/recipient", json!(executive), "bad_recipient"),
        ("/recipient", json!(leash_chain::treasury(&terms().agent)), "bad_recipient"),
        ("/externalId", json!("x".repeat(567)), "bad_memo"),
        ("/externalId", json!(7), "bad_memo"),
        ("/methodDetails/network", json!("mainnet-beta"), "wrong_network"),
        ("/methodDetails/network", json!(null), "wrong_network"),
        ("/methodDetails/network", json!("localnet"), "wrong_network"),
        ("/methodDetails/network", json!(7), "malformed_challenge"),
        ("/methodDetails/decimals", json!(9), "unknown_token"),
        ("/methodDetails/decimals", json!("6"), "unknown_token"),
        ("/methodDetails/tokenProgram", json!(mainnet), "unknown_token"),
        ("/methodDetails/confidential", json!(true), "unknown_token"),
        ("/methodDetails/feePayer", json!(true), "bad_fee_payer"),
        ("/methodDetails/feePayer", json!("yes"), "malformed_challenge"),
        ("/methodDetails/splits", json!({}), "bad_splits"),
        ("/methodDetails/splits", json!(nine), "bad_splits"),
        ("/methodDetails/splits", json!([split("1000")]), "bad_splits"),
        ("/methodDetails/splits", json!([split("600"), split("400")]), "bad_splits"),
        (
            "/methodDetails/splits",
            json!([split("9223372036854775807"), split("9223372036854775807")]),
            "bad_splits",
        ),
        ("/methodDetails/splits", json!([split("0")]), "bad_amount"),
        ("/methodDetails/splits", json!([{"recipient": executive, "amount": "1"}]), "bad_recipient"),
        ("/methodDetails/splits", json!([{"amount": "1"}]), "malformed_challenge"),
        (
            "/methodDetails/splits",
            json!([{"recipient": OTHER, "amount": "1", "ataCreationRequired": true}]),
            "account_creation",
        ),
    ] {
        let refused = judge(&with(path, value.clone())).unwrap_err();
        assert_eq!(refused.code(), code, "{path} {value}: {refused}");
    }
    for payer in [executive.clone(), leash_chain::treasury(&terms().agent).to_string(), "x".to_owned()] {
        let mut request = sponsored(json!([]));
        request["methodDetails"]["feePayerKey"] = json!(payer);
        assert_eq!(judge(&request).unwrap_err().code(), "bad_fee_payer");
    }
    for (scheme, code) in [("method", "unknown_scheme"), ("intent", "unknown_scheme")] {
        let header = payment("c", &request()).replace(
            &format!("{scheme}=\"{}\"", if scheme == "method" { "solana" } else { "charge" }),
            &format!("{scheme}=\"tempo\""),
        );
        let refused = candidates(&[("www-authenticate", &header)], "");
        assert_eq!(refused.refusal().code, code);
        assert!(refused.refusal().reason.contains("`tempo`"), "{}", refused.refusal());
    }
}

#[test]
fn what_fits_no_transaction_is_not_payable() {
    let long: Vec<Value> =
        (0..8).map(|_| json!({"recipient": OTHER, "amount": "1", "memo": "m".repeat(200)})).collect();
    let refused = judge(&with("/methodDetails/splits", json!(long))).unwrap_err();
    assert_eq!(refused.code(), "refused_payment", "{refused}");
    // A fee payer that is part of the transfer.
    let mut own_account = sponsored(json!([]));
    let treasury = leash_chain::treasury(&terms().agent);
    let usdc = leash_chain::Token::by_symbol(terms().network, "USDC").unwrap();
    own_account["methodDetails"]["feePayerKey"] = json!(usdc.account_of(&treasury));
    assert_eq!(judge(&own_account).unwrap_err().code(), "refused_payment");
}

#[test]
fn odd_but_harmless_requests_are_paid() {
    for (path, value) in [
        ("/currency", json!("USDC")),
        ("/currency", json!("usdc")),
        ("/externalId", json!("")),
        ("/externalId", json!(null)),
        ("/externalId", json!("\u{1b}[2J\u{202e}")),
        ("/description", json!(7)),
        ("/methodDetails/network", json!("solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1")),
        ("/methodDetails/decimals", json!(null)),
        ("/methodDetails/tokenProgram", json!(null)),
        ("/methodDetails/recentBlockhash", json!("not a blockhash")),
        ("/methodDetails/feePayer", json!(false)),
        ("/methodDetails/splits", json!([])),
        ("/methodDetails/splits", json!([split("500"), split("499")])),
        ("/unknown", json!({"a": 1})),
    ] {
        let offer = judge(&with(path, value.clone()));
        assert!(offer.is_ok(), "{path} {value}: {offer:?}");
    }
}

#[test]
fn a_sponsor_may_have_a_splits_account_made() {
    let offer = judge(&sponsored(json!([
        {"recipient": OTHER, "amount": "10", "memo": "a fee", "ataCreationRequired": true},
        {"recipient": OTHER, "amount": "20", "memo": ""},
    ])))
    .unwrap();
    let to = OTHER.parse().unwrap();
    let expected = [
        Split { to, amount: 10, memo: Some("a fee".to_owned()), create_account: true },
        Split { to, amount: 20, memo: None, create_account: false },
    ];
    assert_eq!(offer.splits, expected);
    assert_eq!(offer.gross(), Some((1_000, 0)));
    assert!(!offer.creates_accounts());
}

#[test]
fn the_credential_repeats_the_challenge() {
    let header = format!(
        r#"{}, expires="2030-01-01T00:00:00Z", opaque="e30", digest="sha-256=:AAAA:", description="say \"hi\"", new="x""#,
        payment("c1", &request())
    );
    let all = candidates(&[("www-authenticate", &header)], "");
    let (_, offer) = all.best().unwrap();
    assert_eq!(offer.expires.as_deref(), Some("2030-01-01T00:00:00Z"));
    assert_eq!((offer.header_name(), offer.challenge_id.as_deref()), ("authorization", None));
    let sent = offer.header_value("AQ==");
    let request = URL_SAFE_NO_PAD.encode(request().to_string());
    let challenge = json!({
        "id": "c1", "realm": "a.example", "method": "solana", "intent": "charge", "request": request,
        "expires": "2030-01-01T00:00:00Z", "opaque": "e30", "digest": "sha-256=:AAAA:", "description": "say \"hi\"",
    });
    assert_eq!(
        decoded(&sent),
        json!({"challenge": challenge, "payload": {"type": "transaction", "transaction": "AQ=="}})
    );
    // Another reader finds the same in it.
    let theirs = mpp::parse_authorization(&sent).unwrap();
    assert_eq!((theirs.challenge.id.as_str(), theirs.challenge.request.raw()), ("c1", request.as_str()));
    // Canonical: names in order, nothing between them.
    let text = URL_SAFE_NO_PAD.decode(sent.strip_prefix("Payment ").unwrap()).unwrap();
    assert!(text.starts_with(br#"{"challenge":{"description":"#));

    let signature = leash_chain::Signature::new([7; 64]);
    let pushed = offer.pushed_header_value(&signature).unwrap();
    assert_eq!(decoded(&pushed)["payload"], json!({"type": "signature", "signature": signature.to_string()}));
    let sponsored = judge(&sponsored(json!([]))).unwrap();
    assert_eq!(sponsored.pushed_header_value(&signature), None);
}

#[test]
fn the_credential_goes_into_a_header_for_credentials_only() {
    let with_header = |name: &str| format!(r#"{}, header="{name}""#, payment("c", &request()));
    let all = candidates(&[("www-authenticate", &with_header("Payment-Authorization"))], "");
    assert_eq!(all.best().unwrap().1.header_name(), "payment-authorization");
    for name in ["Cookie", "host", ""] {
        let refused = Paywall::read([("www-authenticate", with_header(name).as_str())], b"").unwrap_err();
        assert_eq!(refused.code, "malformed_challenge", "{name}");
    }
}

#[test]
fn several_challenges_are_all_read() {
    let cheap = payment("cheap", &with("/amount", json!("7")));
    let dear = payment("dear", &request());
    let evm = payment("evm", &request()).replace("\"solana\"", "\"evm\"");
    let broken = "Payment id=\"x\", realm=\"y\"";
    let merged = format!("Bearer realm=\"x, Payment id=1\", {dear}, {evm}, Negotiate, {broken}, {cheap}");
    let separate: Vec<(&str, &str)> = [dear.as_str(), "Basic realm=x", &evm, broken, &cheap]
        .map(|value| ("WWW-Authenticate", value))
        .to_vec();
    for all in [candidates(&[("www-authenticate", &merged)], ""), candidates(&separate, "")] {
        let codes: Vec<_> = all.iter().map(|one| one.verdict.as_ref().err().map(Unpayable::code)).collect();
        assert_eq!(codes, [None, Some("unknown_scheme"), Some("malformed_challenge"), None]);
        let (place, offer) = all.best().unwrap();
        assert_eq!((place, offer.net, offer.protocol), (3, 7, Protocol::Mpp));
    }
}

#[test]
fn a_problem_body_beside_a_challenge_is_no_challenge() {
    let body = json!({
        "type": "https://paymentauth.org/problems/payment-required", "challengeId": "c1", "detail": "pay first",
        "request": {"network": "solana-devnet"},
    });
    let header = payment("c1", &request());
    let paywall =
        Paywall::read([("www-authenticate", header.as_str())], body.to_string().as_bytes()).unwrap();
    assert_eq!(paywall.error().as_deref(), Some("pay first"));
    let all = paywall.candidates(Some(&terms()));
    assert_eq!((all.len(), all.best().unwrap().1.protocol), (1, Protocol::Mpp));
}
