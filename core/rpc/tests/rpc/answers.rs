//! Honest answers, and the questions that they answer.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Account, Address, Blockhash, programs};
use leash_rpc::{Commitment, Error, Latest, Lifetime, Listed};
use serde_json::{Value, json};

use crate::server::{Reply, Server, at};
use crate::{me, rpc, run, signed, unsigned};

fn account(owner: &Address, lamports: u64, data: &[u8]) -> Value {
    json!({"data": [STANDARD.encode(data), "base64"], "owner": owner, "lamports": lamports,
        "executable": false, "rentEpoch": u64::MAX, "space": data.len()})
}

fn token_account(owner: &Address) -> Vec<u8> {
    let mut data = [&[3; 32][..], owner.as_bytes(), &7_u64.to_le_bytes()].concat();
    data.extend([0; 36]);
    data.push(1);
    data.extend([0; 56]);
    data
}

#[test]
fn blockhashes() {
    let hash = Blockhash::new([9; 32]);
    let server = Server::always(at(500, json!({"blockhash": hash, "lastValidBlockHeight": 600})));
    let life = run(rpc(&server.url()).latest_blockhash()).unwrap();
    assert_eq!(life, Latest { blockhash: hash, last_valid_block_height: 600, slot: 500 });
    assert_eq!(server.asked()[0].params, json!([{"commitment": "confirmed"}]));

    let server = Server::always(at(500, true));
    assert!(run(rpc(&server.url()).is_blockhash_valid(hash)).unwrap());
    assert_eq!(server.asked()[0].params[0], hash.to_string());
}

#[test]
fn amounts_are_exact_up_to_64_bits() {
    for lamports in [0, 1, (1 << 53) + 1, u64::MAX] {
        let server = Server::always(at(1, lamports));
        assert_eq!(run(rpc(&server.url()).balance(&me())).unwrap(), lamports);
        let value = json!({"amount": lamports.to_string(), "decimals": 6, "uiAmount": 1.5});
        let server = Server::always(at(1, value));
        assert_eq!(run(rpc(&server.url()).token_balance(&me())).unwrap(), Some((lamports, 6)));
    }
    let server = Server::always(json!(2_039_280));
    assert_eq!(run(rpc(&server.url()).rent(165)).unwrap(), 2_039_280);
}

#[test]
fn accounts_that_are_there_and_that_are_not() {
    let server = Server::always(at(1, account(&programs::SYSTEM, 5, &[])));
    let read = run(rpc(&server.url()).account(&me())).unwrap().unwrap();
    assert_eq!(read, Account { owner: programs::SYSTEM, lamports: 5, data: vec![] });
    assert_eq!(read.system(), Ok(5));

    let server = Server::always(at(1, Value::Null));
    assert_eq!(run(rpc(&server.url()).account(&me())).unwrap(), None);

    let server = Server::always(at(1, json!([null, account(&programs::TOKEN, 5, &token_account(&me()))])));
    let accounts = run(rpc(&server.url()).accounts(&[me(), me()])).unwrap();
    assert!(accounts[0].is_none() && accounts[1].is_some());
    assert_eq!(run(rpc(&server.url()).accounts(&[me(); 101])).unwrap_err().code(), "invalid_argument");
}

#[test]
fn token_accounts_are_the_owners() {
    let item = |owner: &Address| json!({"pubkey": Address::new([8; 32]), "account": account(&programs::TOKEN, 5, &token_account(owner))});
    let server = Server::always(at(1, json!([item(&me())])));
    let owned = run(rpc(&server.url()).token_accounts(&me(), &programs::TOKEN)).unwrap();
    assert_eq!((owned[0].address, owned[0].account.amount), (Address::new([8; 32]), 7));

    let server = Server::always(at(1, json!([item(&Address::new([5; 32]))])));
    let error = run(rpc(&server.url()).token_accounts(&me(), &programs::TOKEN)).unwrap_err();
    assert_eq!(error.code(), "rpc_malformed");
    let server = Server::always(at(1, json!([item(&me())])));
    assert!(run(rpc(&server.url()).token_accounts(&me(), &programs::TOKEN_2022)).is_err());
}

#[test]
fn a_simulation_says_why() {
    let log = ["Program 11111111111111111111111111111111 failed: custom program error: 0x1"];
    let err = json!({"InstructionError": [0, {"Custom": 1}]});
    let server = Server::always(at(1, json!({"err": err, "logs": log, "unitsConsumed": 150})));
    let simulation = run(rpc(&server.url()).simulate(&unsigned())).unwrap();
    assert_eq!(
        simulation.error.unwrap().to_string(),
        "there are not enough lamports (instruction 1, System, Custom 1)"
    );
    assert_eq!((simulation.units, simulation.log.len()), (Some(150), 1));
    assert_eq!(server.asked()[0].params[1]["sigVerify"], false);
}

#[test]
fn statuses_and_past_transactions() {
    let id = signed().id().unwrap();
    let status = json!({"slot": 5, "confirmations": null, "err": null, "confirmationStatus": "finalized"});
    let server = Server::always(at(9, json!([status])));
    let read = run(rpc(&server.url()).status(&id)).unwrap().unwrap();
    assert_eq!((read.slot, read.commitment, read.error), (5, Commitment::Finalised, None));
    assert_eq!(server.asked()[0].params, json!([[id], {"searchTransactionHistory": true}]));

    let past = json!({"slot": 5, "transaction": [signed().to_base64().unwrap(), "base64"],
        "meta": {"err": null, "fee": 5_000, "logMessages": ["a", "b"]}});
    let server = Server::always(past);
    let read = run(rpc(&server.url()).transaction(&id, Commitment::Confirmed)).unwrap().unwrap();
    assert_eq!((read.slot, read.fee, read.transaction), (5, 5_000, signed()));
    let server = Server::always(Value::Null);
    assert_eq!(run(rpc(&server.url()).transaction(&id, Commitment::Confirmed)).unwrap(), None);
}

#[test]
fn only_what_everybody_signed_is_sent() {
    let server = Server::always(json!(signed().id().unwrap()));
    assert_eq!(run(rpc(&server.url()).send(&signed(), true)).unwrap(), signed().id().unwrap());
    assert_eq!(server.asked()[0].params[0], signed().to_base64().unwrap());
    assert_eq!(run(rpc(&server.url()).send(&unsigned(), true)).unwrap_err().code(), "invalid_argument");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn an_account_is_waited_for() {
    let server = Server::new(|number, _| {
        let value = if number < 3 { Value::Null } else { account(&programs::SYSTEM, 5, &[]) };
        Reply::Result(at(1, value))
    });
    let waited = run(rpc(&server.url()).account_within(&me(), Duration::from_secs(10))).unwrap();
    assert_eq!((waited.unwrap().lamports, server.asked().len()), (5, 4));
    let server = Server::always(at(1, Value::Null));
    assert_eq!(run(rpc(&server.url()).account_within(&me(), Duration::from_millis(20))).unwrap(), None);
}

#[test]
fn a_blockhash_of_somebody_elses_lives_no_longer_than_a_new_one() {
    let hash = Blockhash::new([8; 32]);
    let chain = |valid: bool| {
        Server::new(move |_, asked| match asked.method.as_str() {
            "isBlockhashValid" => Reply::Result(at(500, valid)),
            "getBlockHeight" => Reply::Result(json!(450)),
            _ => Reply::Result(at(
                500,
                json!({"blockhash": Blockhash::new([9; 32]), "lastValidBlockHeight": 600}),
            )),
        })
    };
    let life = run(rpc(&chain(true).url()).lifetime_of(hash)).unwrap();
    let expected = Lifetime { blockhash: hash, last_valid_block_height: 600, block_height: 450, slot: 200 };
    assert_eq!(life, Some(expected));
    assert_eq!(run(rpc(&chain(false).url()).lifetime_of(hash)).unwrap(), None);
}

/// A last height below the block height would have a payment expire that can still land.
#[test]
fn a_last_height_is_held_against_the_block_height() {
    for (last, height, is_sound) in
        [(1, 450, false), (449, 450, false), (450, 450, true), (632, 450, true), (633, 450, false)]
    {
        let server = Server::new(move |_, asked| match asked.method.as_str() {
            "getBlockHeight" => Reply::Result(json!(height)),
            _ => Reply::Result(at(
                500,
                json!({"blockhash": Blockhash::new([9; 32]), "lastValidBlockHeight": last}),
            )),
        });
        let life = run(rpc(&server.url()).lifetime());
        assert_eq!(life.is_ok(), is_sound, "{last} at {height}: {life:?}");
        let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.method).collect();
        assert_eq!(asked, ["getLatestBlockhash", "getBlockHeight"], "the height is read after the blockhash");
        assert_eq!(server.asked()[1].params, json!([{"commitment": "confirmed"}]));
    }
}

#[test]
fn a_history_is_read_page_by_page() {
    let name = |number| leash_chain::Signature::new([number; 64]);
    let entry = |number: u8, slot: u64| json!({"signature": name(number), "slot": slot, "memo": "[2] hi"});
    let server = Server::always(json!([entry(3, 9), entry(2, 9), entry(1, 4)]));
    let page = run(rpc(&server.url()).history(&me(), Some(&name(4)), 5_000, Commitment::Finalised)).unwrap();
    assert_eq!(page[2], Listed { signature: name(1), slot: 4, memo: Some("[2] hi".to_owned()), time: None });
    let options = json!({"limit": 1_000, "commitment": "finalized", "before": name(4)});
    assert_eq!(server.asked()[0].params, json!([me(), options]));
    for wrong in
        [json!([entry(3, 4), entry(2, 9)]), json!([entry(4, 9)]), json!([{"signature": name(1)}]), json!({})]
    {
        let server = Server::always(wrong.clone());
        let page = run(rpc(&server.url()).history(&me(), Some(&name(4)), 10, Commitment::Confirmed));
        assert!(matches!(page, Err(Error::Lie { .. })), "{wrong}: {page:?}");
    }
}
