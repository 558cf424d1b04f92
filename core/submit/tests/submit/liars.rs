//! Endpoints that lie: what one of them says is one endpoint's word, and what it can't prove leaves a payment open.

use std::time::Duration;

use leash_submit::{Finding, Outcome, Witnesses};
use serde_json::{Value, json};

use crate::{
    HEIGHT,
    chain::{Chain, payment},
    payment::{After, EXPIRED, LATE, SOON, examine, is_open, landed},
    server::{Reply, Server},
};

const LONG: Duration = Duration::from_secs(20);
const TWICE: Finding = Finding::Settled(Outcome::Expired, Witnesses::Two);

/// A payment that landed, an endpoint that hides it, and an honest one.
fn hidden() -> (Chain, Server, Server, leash_submit::Payment, leash_chain::Signature) {
    let honest = Chain::new();
    let signed = payment("m");
    let noted = honest.note(&signed);
    let id = honest.land(&signed, "m", false);
    honest.expire();
    let liar = Chain(std::sync::Arc::default());
    {
        let truth = honest.state();
        let mut lies = liar.state();
        lies.height = truth.height;
        lies.past = truth.past.clone();
        lies.hidden = vec![id];
    }
    let (honest_server, liar_server) = (honest.serve(), liar.serve());
    (honest, liar_server, honest_server, noted, id)
}

#[test]
fn an_endpoint_that_hides_a_payment_is_one_witness() {
    let (_honest, liar, honest, mut noted, id) = hidden();
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&liar], LONG), EXPIRED);
    // It waits out the clock, or it doesn't.
    assert!(matches!(examine(&mut noted.clone(), &After(120), &[&liar], LONG), Finding::TooEarly(_)));
    assert_eq!(examine(&mut noted.clone(), &After(120), &[&liar, &honest], LONG), landed(id));
    // An honest one beside it is believed, whichever comes first.
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&liar, &honest], LONG), landed(id));
    assert_eq!(examine(&mut noted, &LATE, &[&honest, &liar], LONG), landed(id));
}

#[test]
fn two_endpoints_are_two_witnesses_at_two_addresses_of_one_network() {
    let chain = Chain::new();
    let signed = payment("m");
    let noted = chain.note(&signed);
    chain.expire();
    let (one, two) = (chain.serve(), chain.serve());
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&one, &two], LONG), TWICE);
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&one, &one], LONG), EXPIRED, "the same one twice");
    // One of another network, and one that doesn't answer, say nothing.
    let elsewhere = chain.clone();
    let elsewhere = Server::new(move |_, asked| match asked.method.as_str() {
        "getGenesisHash" => Reply::Result(json!("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d")),
        _ => elsewhere.answer(asked),
    });
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&one, &elsewhere], LONG), EXPIRED);
    assert_eq!(elsewhere.asked().len(), 1);
    let silent = Server::new(|_, _| Reply::Nothing);
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&one, &silent], Duration::from_secs(3)), EXPIRED);
    // Where the first one is silent, the others are asked.
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&silent, &one], Duration::from_secs(12)), EXPIRED);
}

#[test]
fn an_endpoint_that_says_failed_is_one_witness_and_confirms_no_other_story() {
    let honest = Chain::new();
    let signed = payment("m");
    let noted = honest.note(&signed);
    honest.expire();
    let liar = Chain(std::sync::Arc::default());
    {
        let truth = honest.state();
        let mut lies = liar.state();
        (lies.height, lies.past) = (truth.height, truth.past.clone());
    }
    let _ = liar.land(&signed, "m", true);
    let (liar, honest) = (liar.serve(), honest.serve());
    let failed = Finding::Settled(Outcome::Failed, Witnesses::One);
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&liar], LONG), failed);
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&liar, &honest], LONG), failed);
}

#[test]
fn a_height_that_is_invented_expires_nothing_alone() {
    let chain = Chain::new();
    let signed = payment("m");
    let mut noted = chain.note(&signed);
    chain.state().height = u64::MAX / 2;
    let server = chain.serve();
    // Ten minutes by the local clock.
    assert!(is_open(&examine(&mut noted, &SOON, &[&server], LONG)));
    assert!(matches!(examine(&mut noted, &After(599), &[&server], LONG), Finding::TooEarly(_)));
    assert_eq!(examine(&mut noted, &LATE, &[&server], LONG), EXPIRED);
}

/// What an endpoint invents at the signing leads no honest one astray: a slot that is far ahead makes nothing "before".
#[test]
fn a_slot_that_was_invented_at_the_signing_hides_nothing() {
    let (honest, _, server, _, id) = hidden();
    let signed = payment("m");
    let now = jiff::Timestamp::from_second(crate::chain::SIGNED).unwrap();
    let life = leash_submit::Signed::new(&signed, &crate::life(), now).unwrap();
    let trail = leash_submit::Trail::new(&crate::chain::account(), 900_000_000_000);
    let noted = leash_submit::Payment::new(life, trail);
    honest.spam(30, None);
    for clock in [&SOON, &LATE] {
        assert_eq!(examine(&mut noted.clone(), clock, &[&server], LONG), landed(id));
    }
    let other = honest.serve();
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&server, &other], LONG), landed(id));
}

/// A search that was led astray isn't gone on with: whoever asks again has all of it searched again.
#[test]
fn what_was_hidden_once_is_found_when_it_is_shown() {
    let (_honest, liar, honest, mut noted, id) = hidden();
    assert_eq!(examine(&mut noted, &LATE, &[&liar], LONG), EXPIRED);
    let text = serde_json::to_string(&noted).unwrap();
    assert!(!text.contains("walks"), "{text}");
    assert_eq!(examine(&mut noted, &LATE, &[&honest], LONG), landed(id));
}

/// One that says something else first keeps two others from nothing.
#[test]
fn two_that_agree_outweigh_one_that_does_not() {
    let chain = Chain::new();
    let signed = payment("m");
    let noted = chain.note(&signed);
    chain.expire();
    let liar = Chain(std::sync::Arc::default());
    {
        let truth = chain.state();
        let mut lies = liar.state();
        (lies.height, lies.past) = (truth.height, truth.past.clone());
    }
    let _ = liar.land(&signed, "m", true);
    let (liar, one, two) = (liar.serve(), chain.serve(), chain.serve());
    assert_eq!(examine(&mut noted.clone(), &LATE, &[&liar, &one, &two], LONG), TWICE);
}

/// Answers that are none, one of them a batch, say nothing.
#[test]
fn answers_that_are_none_leave_it_open() {
    let chain = Chain::new();
    let signed = payment("m");
    let noted = chain.note(&signed);
    let spoil =
        |spoiled: &'static str, body: &'static str| {
            let chain = chain.clone();
            Server::new(move |_, asked| {
                if asked.method == spoiled { Reply::Body(body.to_owned()) } else { chain.answer(asked) }
            })
        };
    chain.expire();
    for method in ["getBlockHeight", "getSignaturesForAddress"] {
        for body in [
            r#"[{"jsonrpc":"2.0","id":$ID,"result":1000000},{"jsonrpc":"2.0","id":$ID,"result":[]}]"#,
            r#"{"jsonrpc":"2.0","id":$ID,"result":null}"#,
            r#"{"jsonrpc":"2.0","id":$ID,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":$ID,"error":{"code":-32603,"message":"no"}}"#,
            "",
        ] {
            let server = spoil(method, body);
            let finding = examine(&mut noted.clone(), &LATE, &[&server], Duration::from_secs(3));
            assert!(is_open(&finding), "{method} {body}: {finding:?}");
        }
    }
}

/// Pages that go round in circles, or run backwards, never come to an end that proves anything.
#[test]
fn pages_in_circles_prove_nothing() {
    let chain = Chain::new();
    let signed = payment("m");
    let noted = chain.note(&signed);
    chain.expire();
    let name = |number: u8| leash_chain::Signature::new([number; 64]);
    let entry = |number: u8, slot: u64| json!({"signature": name(number), "slot": slot, "memo": "[1] x"});
    for (first, then) in [
        (vec![entry(1, HEIGHT + 5), entry(2, HEIGHT + 4)], vec![entry(1, HEIGHT + 4), entry(2, HEIGHT + 4)]),
        (vec![entry(1, HEIGHT + 5)], vec![entry(2, HEIGHT + 6), entry(3, 1)]),
        (vec![entry(1, HEIGHT + 5)], vec![entry(1, HEIGHT + 5)]),
    ] {
        let chain = chain.clone();
        let server = Server::new(move |_, asked| match asked.method.as_str() {
            "getSignaturesForAddress" if asked.params[1].get("before").is_none() => {
                Reply::Result(Value::Array(first.clone()))
            }
            "getSignaturesForAddress" => Reply::Result(Value::Array(then.clone())),
            _ => chain.answer(asked),
        });
        let finding = examine(&mut noted.clone(), &LATE, &[&server], Duration::from_millis(500));
        assert!(is_open(&finding), "{finding:?}");
    }
}
