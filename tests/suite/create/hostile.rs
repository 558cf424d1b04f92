//! Mint APIs that want something else: refused with the reason, and nothing signed.

use leash_chain::{Address, Network, Order, Token, Transaction, Version, compile, ix};
use leash_tests::{Api, Reply, Sandbox};
use serde_json::{Value, json};

use super::{cut::forward, funded};

/// What a mint API makes of the honest answer.
type Change = fn(&mut Value, &Address);

fn recompose(answer: &mut Value, edit: impl FnOnce(&mut Vec<leash_chain::Instruction>)) {
    let transaction = Transaction::from_base64(answer["tx"].as_str().unwrap()).unwrap();
    let message = transaction.message();
    let mut steps = message.instructions().unwrap();
    edit(&mut steps);
    let message =
        compile(Version::V0, Order::FirstSeen, &message.fee_payer(), &steps, message.blockhash()).unwrap();
    answer["tx"] = json!(Transaction::unsigned(message).unwrap().to_base64().unwrap());
}

const CHANGES: [(&str, Change); 4] = [
    ("instruction", |answer, me| {
        recompose(answer, |steps| steps.push(ix::transfer(me, &Address::new([7; 32]), 900_000_000)));
    }),
    ("instruction", |answer, me| {
        let usdc = Token::by_symbol(Network::Devnet, "USDC").unwrap();
        recompose(answer, |steps| steps.push(ix::approve(usdc, me, &Address::new([7; 32]), u64::MAX)));
    }),
    ("fee", |answer, _| {
        recompose(answer, |steps| steps.insert(0, ix::compute_price(5_000_000_000)));
    }),
    ("instruction", |answer, _| answer["assetAddress"] = json!(Address::new([9; 32]))),
];

#[test]
fn a_drain_is_refused_with_a_diff() {
    let sandbox = Sandbox::up();
    for (number, (says, change)) in CHANGES.into_iter().enumerate() {
        let name = format!("h{number}");
        let me: Address = funded(&sandbox, &name).parse().unwrap();
        let url = sandbox.url.clone();
        let api = Api::start(move |request, _| {
            let answer = forward(&url, request);
            let body = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
            let mut answer = serde_json::from_slice(&answer[body..]).unwrap();
            change(&mut answer, &me);
            Reply::Json(200, answer)
        });
        let run = sandbox.home.leash(["agent", "create", &name, "--json"]).env("LEASH_MINT_URL", &api.url);
        let outcome = run.fails(125);
        assert_eq!(outcome.json()["code"], "refused_transaction");
        assert!(outcome.json()["message"].as_str().unwrap().contains(says), "{outcome:?}");
        // The difference stands on lines of its own, none of which passes for one of leash's.
        let first = outcome.stderr.split("hint:").next().unwrap();
        assert!(!first.contains("\\n") && first.contains("\n  "), "{outcome:?}");
        let file = sandbox.home.read_json(&format!(".config/leash/agents/{name}.json"));
        assert!(file["pending_register"]["leash"]["under_way"].is_null(), "{file}");
    }
}
