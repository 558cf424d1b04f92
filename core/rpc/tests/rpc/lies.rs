//! Answers that can't be true: each is an error that names the field, and nothing is made of it.

use leash_chain::{Address, programs};
use leash_rpc::{Commitment, Error, Rpc};
use serde_json::{Value, json};

use crate::server::{Reply, Server, at};
use crate::{me, rpc, run, signed};

fn lie<T: std::fmt::Debug>(what: &str, outcome: Result<T, Error>) -> String {
    let error = outcome.expect_err(what);
    assert_eq!(error.code(), "rpc_malformed", "{what}: {error}");
    assert!(error.hint().is_some());
    error.to_string()
}

#[test]
fn a_balance_is_a_whole_number_of_64_bits() {
    for wrong in [
        json!(-1),
        json!(1.5),
        json!(1e30),
        json!("5"),
        json!(null),
        json!([5]),
        json!({"value": 5}),
        json!(true),
    ] {
        let server = Server::always(at(1, wrong.clone()));
        let text = lie(&wrong.to_string(), run(rpc(&server.url()).balance(&me())));
        assert!(text.contains("`getBalance`") && text.contains("`result.value`"), "{text}");
    }
    // More than 64 bits, as digits.
    let server = Server::new(|_, _| {
        let value = r#"{"context":{"slot":1},"value":18446744073709551616}"#;
        Reply::Body(format!(r#"{{"jsonrpc":"2.0","id":$ID,"result":{value}}}"#))
    });
    lie("more than 64 bits", run(rpc(&server.url()).balance(&me())));
    for wrong in ["-1", "1.5", "1e3", "", " 5", "+5", "18446744073709551616"] {
        let server = Server::always(at(1, json!({"amount": wrong, "decimals": 6})));
        let text = lie(wrong, run(rpc(&server.url()).token_balance(&me())));
        assert!(text.contains("`result.value.amount`"), "{text}");
    }
    for wrong in [json!(256), json!(-1), json!("6"), json!(null)] {
        let server = Server::always(at(1, json!({"amount": "1", "decimals": wrong})));
        lie("decimals", run(rpc(&server.url()).token_balance(&me())));
    }
}

#[test]
fn an_answer_has_a_slot_that_does_not_run_backwards() {
    for wrong in [
        json!({"value": 5}),
        json!({"context": {}, "value": 5}),
        json!({"context": {"slot": "1"}, "value": 5}),
        json!(5),
    ] {
        let server = Server::always(wrong);
        let text = lie("a slot", run(rpc(&server.url()).balance(&me())));
        assert!(text.contains("result"), "{text}");
    }
    let slots = [1_000, 990, 1_001, 2_000, 1_001];
    let server = Server::new(move |number, _| Reply::Result(at(slots[number], 5)));
    let rpc = rpc(&server.url());
    let balances: Vec<_> = slots.iter().map(|_| run(rpc.balance(&me()))).collect();
    assert!(balances[..4].iter().all(Result::is_ok), "machines behind one address are apart by a little");
    let text = balances.into_iter().nth(4).unwrap().unwrap_err().to_string();
    assert!(text.contains("runs backwards, for it was 2000 before"), "{text}");
}

#[test]
fn there_are_no_more_blocks_than_slots() {
    let server = Server::new(|number, _| match number {
        // Nothing is known of slots yet.
        0 => Reply::Result(json!(10_000_000)),
        1 => Reply::Result(at(1_000, 5)),
        2 => Reply::Result(json!(1_050)),
        _ => Reply::Result(json!(10_000_000)),
    });
    let rpc = rpc(&server.url());
    assert_eq!(run(rpc.block_height(Commitment::Finalised)).unwrap(), 10_000_000);
    assert_eq!(run(rpc.balance(&me())).unwrap(), 5);
    assert_eq!(run(rpc.block_height(Commitment::Finalised)).unwrap(), 1_050);
    let text = lie("a height", run(rpc.block_height(Commitment::Finalised)));
    assert!(text.contains("is beyond what slot 1000 allows"), "{text}");
}

#[test]
fn a_blockhash_lives_as_long_as_blockhashes_do() {
    let hash = Address::new([9; 32]);
    for (wrong, field) in [
        (json!({"blockhash": "not base58", "lastValidBlockHeight": 600}), "blockhash"),
        (json!({"blockhash": "1111", "lastValidBlockHeight": 600}), "blockhash"),
        (json!({"blockhash": hash}), "lastValidBlockHeight"),
        (json!({"blockhash": hash, "lastValidBlockHeight": u64::MAX}), "lastValidBlockHeight"),
        (json!({"blockhash": hash, "lastValidBlockHeight": 1_000}), "lastValidBlockHeight"),
        (json!(null), "value"),
    ] {
        let server = Server::always(at(500, wrong.clone()));
        let text = lie(&wrong.to_string(), run(rpc(&server.url()).latest_blockhash()));
        assert!(text.contains(field), "{text}");
    }
}

#[test]
fn accounts_are_whole() {
    let good = json!({"data": ["", "base64"], "owner": programs::SYSTEM, "lamports": 5});
    for (field, wrong) in [
        ("data", json!(["", "base58"])),
        ("data", json!(["!", "base64"])),
        ("data", json!("")),
        ("data", json!(["", "base64", 1])),
        ("owner", json!("x")),
        ("owner", json!(null)),
        ("lamports", json!(0.5)),
    ] {
        let mut account = good.clone();
        account[field] = wrong;
        let server = Server::always(at(1, account));
        let text = lie(field, run(rpc(&server.url()).account(&me())));
        assert!(text.contains(field), "{text}");
    }
    for wrong in [json!([good, good]), json!([]), json!(good)] {
        let server = Server::always(at(1, wrong));
        lie("one account", run(rpc(&server.url()).accounts(&[me()])));
    }
}

#[test]
fn a_status_is_one_of_three() {
    let id = signed().id().unwrap();
    let good = json!({"slot": 5, "err": null, "confirmationStatus": "confirmed"});
    for (field, wrong) in [
        ("slot", json!(10)),
        ("slot", json!(-1)),
        ("err", json!(5)),
        ("err", json!({"InstructionError": [1]})),
        ("err", json!({"a": 1, "b": 2})),
        ("confirmationStatus", json!("rooted")),
        ("confirmationStatus", json!(null)),
    ] {
        let mut status = good.clone();
        status[field] = wrong;
        let server = Server::always(at(9, json!([status])));
        lie(field, run(rpc(&server.url()).status(&id)));
    }
    for wrong in [json!([]), json!([null, null]), json!({}), Value::Null] {
        let server = Server::always(at(9, wrong));
        lie("one status", run(rpc(&server.url()).status(&id)));
    }
}

#[test]
fn another_transaction_is_not_the_one_that_was_sent() {
    let other = leash_chain::Signature::new([7; 64]);
    let server = Server::always(json!(other));
    lie("send", run(rpc(&server.url()).send(&signed(), true)));
    let past = json!({"slot": 5, "transaction": [signed().to_base64().unwrap(), "base64"],
        "meta": {"err": null, "fee": 5_000, "logMessages": null}});
    let server = Server::always(past);
    lie("another", run(rpc(&server.url()).transaction(&other, Commitment::Confirmed)));
}

#[test]
fn an_answer_is_json_rpc() {
    let ask = |body: &'static str| {
        let server = Server::new(move |_, _| Reply::Body(body.to_owned()));
        let rpc: Rpc = rpc(&server.url());
        run(rpc.block_height(Commitment::Finalised))
    };
    for wrong in [
        "",
        "<html>",
        "5",
        "[]",
        r#"{"id":$ID,"result":5}"#,
        r#"{"jsonrpc":"1.0","id":$ID,"result":5}"#,
        r#"{"jsonrpc":"2.0","id":999,"result":5}"#,
        r#"{"jsonrpc":"2.0","result":5}"#,
        r#"{"jsonrpc":"2.0","id":"$ID","result":5}"#,
        r#"{"jsonrpc":"2.0","id":$ID}"#,
        r#"{"jsonrpc":"2.0","id":$ID,"result":5,"error":{"code":1,"message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":$ID,"error":{"code":"x","message":"m"}}"#,
        r#"{"jsonrpc":"2.0","id":$ID,"error":{"code":1}}"#,
        r#"{"jsonrpc":"2.0","id":$ID,"error":"no"}"#,
    ] {
        lie(wrong, ask(wrong));
    }
    // The number's place decides nothing; the length of the body does.
    let deep = Box::leak("[".repeat(100_000).into_boxed_str());
    lie("deep", ask(deep));
    let refused =
        ask(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error\u001b[2J"}}"#);
    let error = refused.unwrap_err();
    assert_eq!(error.code(), "rpc_error");
    assert!(!error.to_string().contains('\u{1b}'));
}
