//! Mint APIs that want something else: refused with the reason, and nothing signed.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{
    Address, Blockhash, Instruction, Message, Meta, Network, Order, Signature, Token, Transaction, Version,
    compile, ix, programs,
};
use leash_tests::{Api, Outcome, Reply, Request, Sandbox};
use serde_json::{Value, json};

use super::{
    desk::{ask, assert_made, assert_unsigned, create, forward_json},
    funded,
};

/// What a mint API makes of the honest answer.
type Change = fn(&mut Value, &Address);

/// A mint API of its own kind.
type Answer = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// Whoever gets what is stolen.
const THIEF: Address = Address::new([7; 32]);

fn read(answer: &Value) -> Transaction {
    Transaction::from_base64(answer["tx"].as_str().unwrap()).unwrap()
}

fn write(answer: &mut Value, message: Message) {
    answer["tx"] = json!(Transaction::unsigned(message).unwrap().to_base64().unwrap());
}

fn recompose(answer: &mut Value, edit: impl FnOnce(&mut Vec<Instruction>)) {
    let transaction = read(answer);
    let message = transaction.message();
    let mut steps = message.instructions().unwrap();
    edit(&mut steps);
    let payer = message.fee_payer();
    write(answer, compile(Version::V0, Order::FirstSeen, &payer, &steps, message.blockhash()).unwrap());
}

/// Changes the creation itself.
fn recreate(answer: &mut Value, edit: impl FnOnce(&mut Instruction)) {
    recompose(answer, |steps| edit(&mut steps[0]));
}

/// The same bytes with some others in their place.
fn patched(answer: &mut Value, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = read(answer).message().to_bytes().unwrap();
    edit(&mut bytes);
    write(answer, Message::from_bytes(&bytes).unwrap());
}

const CHANGES: [(&str, Change); 24] = [
    // More than was asked for.
    ("instruction", |answer, me| {
        recompose(answer, |steps| steps.push(ix::transfer(me, &THIEF, 900_000_000)));
    }),
    ("instruction", |answer, me| {
        recompose(answer, |steps| steps.insert(0, ix::transfer(me, &THIEF, 1)));
    }),
    ("instruction", |answer, me| {
        let usdc = Token::by_symbol(Network::Devnet, "USDC").unwrap();
        recompose(answer, |steps| steps.push(ix::approve(usdc, me, &THIEF, u64::MAX)));
    }),
    ("instruction", |answer, me| {
        let asset: Address = answer["assetAddress"].as_str().unwrap().parse().unwrap();
        let inner = ix::transfer(&leash_chain::treasury(&asset), &THIEF, 1);
        recompose(answer, |steps| steps.push(ix::execute(&asset, me, &inner)));
    }),
    ("instruction", |answer, me| {
        let asset: Address = answer["assetAddress"].as_str().unwrap().parse().unwrap();
        recompose(answer, |steps| steps.push(ix::delegate_execution(&asset, me)));
    }),
    ("instruction", |answer, _| {
        recompose(answer, |steps| steps.push(steps[1].clone()));
    }),
    ("instruction", |answer, me| {
        let unknown = Instruction::new(Address::new([5; 32]), [Meta::writes(*me).signs()], [1, 2, 3]);
        recompose(answer, |steps| steps.push(unknown));
    }),
    ("fee", |answer, _| {
        recompose(answer, |steps| steps.insert(0, ix::compute_price(5_000_000_000)));
    }),
    // Another agent, or somebody else's.
    ("instruction", |answer, _| answer["assetAddress"] = json!(Address::new([9; 32]))),
    ("instruction", |answer, _| recreate(answer, |step| step.accounts[4].address = THIEF)),
    ("instruction", |answer, _| recreate(answer, |step| step.accounts[5].address = THIEF)),
    ("instruction", |answer, _| recreate(answer, |step| step.accounts[1].address = THIEF)),
    ("instruction", |answer, _| {
        recreate(answer, |step| step.program = Address::new([6; 32]));
    }),
    // A plugin of the asset's that lets somebody else take it away (a permanent transfer delegate).
    ("instruction", |answer, _| {
        recreate(answer, |step| {
            let length = step.data.len() - 10;
            step.data.truncate(length);
            step.data.extend_from_slice(&[1, 1, 0, 0, 0, 6, 1, 3]);
            step.data.extend_from_slice(THIEF.as_bytes());
            step.data.extend_from_slice(&[1, 0, 0, 0, 0]);
        });
    }),
    // Another name.
    ("instruction", |answer, _| recreate(answer, |step| step.data[6] ^= 1)),
    // A registration of another asset, or at another place than anybody can look at.
    ("instruction", |answer, me| {
        let step = ix::register_identity(&THIEF, me, "https://a.example");
        recompose(answer, |steps| steps[1] = step);
    }),
    ("instruction", |answer, me| {
        let asset: Address = answer["assetAddress"].as_str().unwrap().parse().unwrap();
        let step = ix::register_identity(&asset, me, "http://127.0.0.1/agent");
        recompose(answer, |steps| steps[1] = step);
    }),
    // Somebody else pays the fee, and somebody else signs.
    ("fee payer", |answer, _| {
        let message = read(answer).message().clone();
        let steps = message.instructions().unwrap();
        write(answer, compile(Version::V0, Order::FirstSeen, &THIEF, &steps, message.blockhash()).unwrap());
    }),
    ("signs", |answer, _| {
        recreate(answer, |step| step.accounts[7] = Meta::reads(programs::MPL_CORE));
        recompose(answer, |steps| steps[1].accounts.push(Meta::reads(THIEF).signs()));
    }),
    ("account", |answer, _| recreate(answer, |step| step.accounts[4].writable = true)),
    // The asset's key has signed something else, or nothing.
    ("a right one", |answer, _| recreate(answer, |_| ())),
    ("a wrong one", |answer, _| {
        let mut transaction = read(answer);
        let asset: Address = answer["assetAddress"].as_str().unwrap().parse().unwrap();
        assert!(transaction.put(&asset, Signature::new([3; 64])));
        answer["tx"] = json!(transaction.to_base64().unwrap());
    }),
    ("blockhash", |answer, _| {
        let message = read(answer).message().clone();
        let (payer, steps) = (message.fee_payer(), message.instructions().unwrap());
        let never = Blockhash::new([4; 32]);
        write(answer, compile(Version::V0, Order::FirstSeen, &payer, &steps, never).unwrap());
    }),
    // Accounts that can't be seen: a table of the thief's, of which no account is used, but might be.
    ("tables that hide accounts", |answer, _| {
        patched(answer, |bytes| {
            assert_eq!(bytes.pop(), Some(0), "no table so far");
            bytes.push(1);
            bytes.extend_from_slice(THIEF.as_bytes());
            bytes.extend_from_slice(&[1, 0, 0]);
        });
    }),
];

/// A mint API that does something to the sandbox's answers.
fn api(sandbox: &Sandbox, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Api {
    let url = sandbox.url.clone();
    Api::start(move |request, _| {
        let mut answer = forward_json(&url, request);
        change(&mut answer);
        Reply::Json(200, answer)
    })
}

fn mint(sandbox: &Sandbox, name: &str, api: &Api) -> Outcome {
    create(sandbox, name, &["--timeout", "5s"]).env("LEASH_MINT_URL", &api.url).outcome()
}

#[test]
fn a_drain_is_refused_with_a_diff() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "mine");
    let me: Address = key.parse().unwrap();
    for (number, (says, change)) in CHANGES.into_iter().enumerate() {
        let api = api(&sandbox, move |answer| change(answer, &me));
        let outcome = mint(&sandbox, "mine", &api);
        outcome.assert_failure(125);
        assert_eq!(outcome.json()["code"], "refused_transaction", "{number}: {outcome:?}");
        assert!(outcome.json()["message"].as_str().unwrap().contains(says), "{number}: {outcome:?}");
        // The difference stands on lines of its own, none of which passes for one of leash's.
        let first = outcome.stderr.split("hint:").next().unwrap();
        assert!(!first.contains("\\n") && first.contains("\n  "), "{outcome:?}");
        assert_unsigned(&sandbox, "mine", &outcome);
    }
    let _ = create(&sandbox, "mine", &[]).ok();
    assert_made(&sandbox, "mine", &key, "an honest one at last");
}

/// A blockhash that was good once.
#[test]
fn a_stale_mint_is_refused() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "mine");
    let url = sandbox.url.clone();
    let api = api(&sandbox, move |_| drop(ask(&url, "leashSkipBlocks", &json!([200]))));
    let outcome = mint(&sandbox, "mine", &api);
    outcome.assert_failure(125);
    assert!(outcome.json()["message"].as_str().unwrap().contains("blockhash"), "{outcome:?}");
    assert_unsigned(&sandbox, "mine", &outcome);
    let _ = create(&sandbox, "mine", &[]).ok();
    assert_made(&sandbox, "mine", &key, "a fresh one");
}

/// What makes no sense, never ends, or leads elsewhere.
#[test]
fn nonsense_is_said_to_be_nonsense() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "mine");
    let json = |value: Value| Box::new(move |_: &Request| Reply::Json(200, value.clone())) as Answer;
    let raw =
        |text: &'static str| Box::new(move |_: &Request| Reply::Raw(text.as_bytes().to_vec())) as Answer;
    let asset = json!(Address::new([9; 32]));
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"tx\":\"".to_vec();
    let url = sandbox.url.clone();
    let honest = move |request: &Request| forward_json(&url, request);
    let cut = honest.clone();
    let answers: Vec<(&str, Answer)> = vec![
        ("mint_api_malformed", json(json!({}))),
        ("mint_api_malformed", json(json!([]))),
        ("mint_api_malformed", json(json!({"success": true}))),
        ("mint_api_malformed", json(json!({"success": true, "tx": "", "assetAddress": asset}))),
        ("mint_api_malformed", json(json!({"success": true, "tx": "AQ==", "assetAddress": asset}))),
        (
            "mint_api_malformed",
            json(json!({"success": true, "tx": "A".repeat(5_000), "assetAddress": asset})),
        ),
        ("mint_api_malformed", json(json!({"success": false, "error": "no \u{1b}[31mmoney"}))),
        (
            "mint_api_malformed",
            Box::new(move |request| {
                let mut answer = honest(request);
                answer["assetAddress"] = json!("not an address");
                Reply::Json(200, answer)
            }),
        ),
        (
            "mint_api_malformed",
            Box::new(move |request| {
                // Something behind its end.
                let mut answer = cut(request);
                let mut bytes = read(&answer).to_bytes().unwrap();
                bytes.push(0);
                answer["tx"] = json!(STANDARD.encode(bytes));
                Reply::Json(200, answer)
            }),
        ),
        ("redirect", raw("HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")),
        ("redirect", raw("HTTP/1.1 301 Moved\r\nlocation: https://a.example/\r\ncontent-length: 0\r\n\r\n")),
        ("too_large", Box::new(move |_| Reply::Endless(head.clone(), vec![b'A'; 65_536]))),
        ("timeout", Box::new(|_| Reply::Silence)),
    ];
    for (code, answer) in answers {
        let api = Api::start(move |request, _| answer(request));
        let outcome = mint(&sandbox, "mine", &api);
        outcome.assert_failure(1);
        let (said, message) = (outcome.json()["code"].clone(), outcome.json()["message"].clone());
        // Whether there was too much of it first, or it took too long.
        assert!(said == code || (code == "too_large" && said == "timeout"), "{code}: {outcome:?}");
        assert!(!outcome.stderr.contains('\u{1b}') && message.as_str().is_some(), "{outcome:?}");
        assert_unsigned(&sandbox, "mine", &outcome);
    }
    let _ = create(&sandbox, "mine", &[]).ok();
    assert_made(&sandbox, "mine", &key, "an honest one at last");
}

/// Whoever else asked for it: a thief's signature beside the asset's makes it no better.
#[test]
fn a_second_signer_is_refused_even_where_it_has_signed() {
    let sandbox = Sandbox::up();
    let _ = funded(&sandbox, "mine");
    let thief = SigningKey::from_bytes(&[7; 32]);
    let api = api(&sandbox, move |answer| {
        let public = Address::new(thief.verifying_key().to_bytes());
        recompose(answer, |steps| steps[1].accounts.push(Meta::reads(public).signs()));
        let mut transaction = read(answer);
        let signature = thief.sign(&transaction.message().to_bytes().unwrap());
        assert!(transaction.put(&public, Signature::new(signature.to_bytes())));
        answer["tx"] = json!(transaction.to_base64().unwrap());
    });
    let outcome = mint(&sandbox, "mine", &api);
    outcome.assert_failure(125);
    assert!(outcome.json()["message"].as_str().unwrap().contains("signs"), "{outcome:?}");
    assert_unsigned(&sandbox, "mine", &outcome);
}
