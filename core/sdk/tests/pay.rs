//! Paying through a signer that keeps the contract, and through such as don't.
#![allow(missing_docs, clippy::unwrap_used)]

use leash_sdk::{
    Code, Error, Order, Signer,
    mock::{Honest, Mock, Reply, Shop},
    protocol::frame::PayLimits,
};
use serde_json::{Value, json};

const URL: &str = "https://api.example.com/quote";

fn shop(body: &[u8]) -> Shop {
    let mut shop = Shop::new(PayLimits {
        max_per_call: "0.05".to_owned(),
        max_per_day: "0.0303".to_owned(),
        hosts: vec!["example.com".to_owned()],
    });
    shop.body = body.to_vec();
    shop
}

fn honest(shop: Option<Shop>) -> (Mock, Signer) {
    let mut honest = Honest::granting(&[]);
    honest.shop = shop;
    let invocation = honest.invocation.clone();
    let (mock, socket) = Mock::start(move |request| honest.answer(request)).unwrap();
    (mock, Signer::over(socket, Some(&invocation)).unwrap())
}

fn refusal(result: Result<leash_sdk::Bought, Error>) -> (Code, Option<String>) {
    match result {
        Err(Error::Refused(refusal)) => (refusal.code, refusal.reason().map(str::to_owned)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_granted_is_bought_and_said_to_have_arrived() {
    let (mock, signer) = honest(Some(shop(b"{\"ok\":true}")));
    assert_eq!(signer.features(), ["sign_http", "pay"]);
    assert_eq!(signer.grant().pay.as_ref().unwrap().max_per_call, "0.05");
    let bought = signer.pay(&Order::post(URL, b"{}", "0.02").header("Accept", "text/plain")).unwrap();
    assert_eq!((bought.status, bought.body.as_slice()), (200, &b"{\"ok\":true}"[..]));
    assert_eq!(
        (bought.net.as_str(), bought.fee.as_str(), bought.gross.as_str()),
        ("0.01", "0.0001", "0.0101")
    );
    assert_eq!(bought.document["kind"], "payment_receipt");
    let seen = mock.seen();
    let ops: Vec<_> = seen.iter().map(|request| request["op"].as_str().unwrap()).collect();
    assert_eq!(ops, ["hello", "pay", "pay_done"]);
    assert_eq!((&seen[1]["body"], &seen[1]["hold"]), (&json!("e30="), &json!(true)));
    assert_eq!(seen[1]["headers"], json!({"accept": "text/plain"}));
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(seen[1]["body_sha256"], hash);
}

#[test]
fn a_long_body_is_put_together() {
    let long: Vec<u8> = (0..100_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let (mock, signer) = honest(Some(shop(&long)));
    let bought = signer.pay_keeping(&Order::get(URL, "0.05")).unwrap();
    assert_eq!(bought.body, long);
    assert!(mock.seen().iter().all(|request| request["op"] != "pay_done"));
    signer.arrived(&bought).unwrap();
    assert_eq!(mock.seen().pop().unwrap()["op"], "pay_done");
}

#[test]
fn refusals_have_their_codes_and_reasons() {
    let (_mock, signer) = honest(None);
    assert_eq!(refusal(signer.pay(&Order::get(URL, "0.05"))), (Code::DeniedScope, None));
    let (_mock, signer) = honest(Some(shop(b"")));
    for (url, max, code, reason) in [
        ("https://example.org/", "0.05", Code::DeniedScope, Some("allowHost")),
        ("https://notexample.com/", "0.05", Code::DeniedScope, Some("allowHost")),
        (URL, "0.06", Code::DeniedScope, Some("perCallMax")),
        (URL, "0.01", Code::DeniedScope, Some("perCallMax")),
        (URL, "much", Code::BadRequest, None),
        ("quote", "0.05", Code::BadRequest, None),
    ] {
        let result = refusal(signer.pay(&Order::get(url, max)));
        assert_eq!(result, (code, reason.map(str::to_owned)), "{url} {max}");
    }
    for _ in 0..3 {
        assert!(signer.pay(&Order::get(URL, "0.05")).is_ok());
    }
    let error = signer.pay(&Order::get(URL, "0.05")).unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("quota", 125));
    let twice = Order::get(URL, "0.05").header("a", "1").header("A", "2");
    assert_eq!(signer.pay(&twice).unwrap_err().code(), "bad_request");
    let large = Order::post(URL, &[0; 64 * 1024], "0.05");
    assert_eq!(signer.pay(&large).unwrap_err().code(), "too_large");
}

/// A signer that says it sold something, with these changes.
fn odd(change: impl Fn(&mut Value) + Send + 'static) -> Result<leash_sdk::Bought, Error> {
    let mut honest = Honest::granting(&[]);
    honest.shop = Some(shop(b"0123456789"));
    let (_mock, socket) = Mock::start(move |request| match honest.answer(request) {
        Reply::Json(mut answer) => {
            change(&mut answer["ok"]);
            Reply::Json(answer)
        }
        reply => reply,
    })
    .unwrap();
    Signer::over(socket, None).unwrap().pay(&Order::get(URL, "0.05"))
}

#[test]
fn an_answer_that_makes_no_sense_is_none() {
    let wrong: [fn(&mut Value); 5] = [
        |ok| _ = ok.get("body").is_some().then(|| ok["body"] = json!("%")),
        |ok| _ = ok.get("body").is_some().then(|| ok["body_size"] = json!(1_000_000)),
        |ok| _ = ok.get("body").is_some().then(|| ok["status"] = json!("200")),
        |ok| _ = ok.get("body").is_some().then(|| *ok = json!({"done": true})),
        |ok| _ = ok.get("done").is_some().then(|| ok["done"] = json!(false)),
    ];
    for (number, change) in wrong.into_iter().enumerate() {
        let error = odd(change).unwrap_err();
        assert_eq!(error.code(), "malformed", "{number}: {error}");
    }
    assert!(odd(|_| {}).is_ok());
}
