//! Endpoints of the chain that lie: nothing moves wrongly, and with an honest one the creation comes to its end.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::{Transaction, programs};
use leash_tests::{Api, Outcome, Reply, Sandbox};
use serde_json::{Value, json};

use super::{
    desk::{ask, assert_made, assert_unsigned, create, lying, minted, now},
    funded,
};

/// Far more than an honest answer takes; only what can't become known waits so long.
const PATIENCE: &str = "5s";

/// Creates it through a liar.
fn misled(sandbox: &Sandbox, name: &str, liar: &Api, words: &[&str]) -> Outcome {
    let words = [words, &["--timeout", PATIENCE]].concat();
    create(sandbox, name, &words).env("LEASH_RPC_URL", &liar.url).outcome()
}

/// With an honest endpoint it comes to its end.
fn finish(sandbox: &Sandbox, name: &str, key: &str, words: &[&str]) {
    let outcome = create(sandbox, name, words).ok();
    assert_made(sandbox, name, key, &format!("{outcome:?}"));
}

#[test]
fn money_that_is_not_there_pays_for_nothing() {
    let sandbox = Sandbox::up();
    for (name, words) in [("api", &[][..]), ("direct", &["--direct"])] {
        let outcome = create(&sandbox, name, &[]).outcome();
        let key = outcome.json()["executive_pubkey"].as_str().unwrap().to_owned();
        // From an account that isn't there no more than the fee can be paid, so nothing can be minted.
        let liar = lying(&sandbox, |method, _| (method == "getBalance").then(|| now(&json!(u64::MAX))));
        let outcome = misled(&sandbox, name, &liar, words);
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "transaction_refused", "{outcome:?}");
        assert_unsigned(&sandbox, name, &outcome);
        let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", &key]).ok();
        finish(&sandbox, name, &key, words);
    }
}

#[test]
fn absurd_numbers_are_said_to_be_absurd() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "mine");
    let hash = "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa";
    let height = |height: Value| now(&json!({"blockhash": hash, "lastValidBlockHeight": height}));
    for (method, result) in [
        ("getBalance", now(&json!(-1))),
        ("getBalance", now(&json!(1.5))),
        ("getBalance", now(&json!("1000000000"))),
        ("getBalance", now(&serde_json::from_str("1e30").unwrap())),
        ("getBalance", now(&Value::Null)),
        ("getBalance", json!(1_000_000_000)),
        ("getLatestBlockhash", now(&json!({"blockhash": "nonsense", "lastValidBlockHeight": 5}))),
        ("getLatestBlockhash", now(&json!({"blockhash": "", "lastValidBlockHeight": 5}))),
        ("getLatestBlockhash", height(json!(u64::MAX))),
        ("getLatestBlockhash", height(json!(-5))),
        ("getLatestBlockhash", height(Value::Null)),
        ("getLatestBlockhash", json!(null)),
    ] {
        let lie = result.clone();
        let liar = lying(&sandbox, move |asked, _| (asked == method).then(|| lie.clone()));
        let outcome = misled(&sandbox, "mine", &liar, &["--direct"]);
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "rpc_malformed", "{method} {result}: {outcome:?}");
        assert_unsigned(&sandbox, "mine", &outcome);
    }
    let liar = lying(&sandbox, |asked, _| (asked == "isBlockhashValid").then(|| now(&json!("yes"))));
    let outcome = misled(&sandbox, "mine", &liar, &[]);
    assert_eq!(outcome.json()["code"], "rpc_malformed", "{outcome:?}");
    assert_unsigned(&sandbox, "mine", &outcome);
    finish(&sandbox, "mine", &key, &[]);
}

/// A blockhash that nothing lands with: the transaction is void, and known to be once its last block is over.
#[test]
fn a_stale_blockhash_leads_nowhere_and_back() {
    let sandbox = Sandbox::up();
    for (name, words) in [("api", &[][..]), ("direct", &["--direct"])] {
        let key = funded(&sandbox, name);
        let stale = ask(&sandbox.url, "getLatestBlockhash", &json!([]))["value"].clone();
        let _ = ask(&sandbox.url, "leashSkipBlocks", &json!([200]));
        let liar = lying(&sandbox, move |method, params| match method {
            "isBlockhashValid" => Some(now(&json!(true))),
            // A height that it may well have.
            "getLatestBlockhash" => Some(now(&stale)),
            // It was so then.
            "getBlockHeight" if params[0]["commitment"] == "confirmed" => {
                Some(json!(stale["lastValidBlockHeight"].as_u64().unwrap() - 150))
            }
            _ => None,
        });
        // The mint API's transaction is stale as well by the time that it is looked at.
        let url = sandbox.url.clone();
        let mint = Api::start(move |request, _| {
            let answer = request.pass_on(&url);
            let _ = ask(&url, "leashSkipBlocks", &json!([200]));
            Reply::Raw(answer)
        });
        let words = [words, &["--timeout", PATIENCE]].concat();
        let outcome = create(&sandbox, name, &words)
            .env("LEASH_RPC_URL", &liar.url)
            .env("LEASH_MINT_URL", &mint.url)
            .outcome();
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "transaction_expired", "{outcome:?}");
        finish(&sandbox, name, &key, &words[..words.len() - 2]);
    }
}

/// A last height that is over already, with heights that are honest: nothing is signed with it.
#[test]
fn a_last_height_that_is_over_is_not_signed_with() {
    let sandbox = Sandbox::up();
    for (name, words) in [("api", &[][..]), ("direct", &["--direct"])] {
        let key = funded(&sandbox, name);
        let url = sandbox.url.clone();
        let liar = lying(&sandbox, move |method, params| {
            (method == "getLatestBlockhash").then(|| {
                let mut latest = ask(&url, method, params);
                latest["value"]["lastValidBlockHeight"] = json!(0);
                latest
            })
        });
        let _ = ask(&sandbox.url, "leashSkipBlocks", &json!([10]));
        let outcome = misled(&sandbox, name, &liar, words);
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "rpc_malformed", "{outcome:?}");
        assert_eq!(minted(&sandbox, &key), 0, "{outcome:?}");
        finish(&sandbox, name, &key, words);
    }
}

/// What is said to have landed was never passed on.
#[test]
fn a_mint_that_was_only_promised_is_made_by_the_next_run() {
    let sandbox = Sandbox::up();
    for (name, words) in [("api", &[][..]), ("direct", &["--direct"])] {
        let key = funded(&sandbox, name);
        let liar = lying(&sandbox, |method, params| match method {
            "sendTransaction" => {
                let transaction = Transaction::from_base64(params[0].as_str().unwrap()).unwrap();
                Some(json!(transaction.id().unwrap()))
            }
            "getSignatureStatuses" => {
                Some(now(&json!([{"slot": 5, "err": null, "confirmationStatus": "finalized"}])))
            }
            _ => None,
        });
        let outcome = misled(&sandbox, name, &liar, words);
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "not_visible", "{outcome:?}");
        finish(&sandbox, name, &key, words);
    }
}

/// What is said to have come to nothing was made.
#[test]
fn a_mint_that_was_denied_is_found_by_the_next_run() {
    let sandbox = Sandbox::up();
    for (name, words) in [("api", &[][..]), ("direct", &["--direct"])] {
        let key = funded(&sandbox, name);
        let url = sandbox.url.clone();
        let liar = lying(&sandbox, move |method, params| match method {
            "getLatestBlockhash" => {
                let mut latest = ask(&url, method, params);
                // Every block is after this one.
                latest["value"]["lastValidBlockHeight"] = json!(0);
                Some(latest)
            }
            // It began just now, and is far beyond that.
            "getBlockHeight" => Some(json!(if params[0]["commitment"] == "confirmed" { 0 } else { 250 })),
            "getSignatureStatuses" => Some(now(&json!([null]))),
            "getMultipleAccounts" => {
                let count = params[0].as_array().unwrap().len();
                Some(now(&json!(vec![Value::Null; count])))
            }
            _ => None,
        });
        let outcome = misled(&sandbox, name, &liar, words);
        outcome.assert_failure(1);
        assert_eq!(outcome.json()["code"], "transaction_expired", "{outcome:?}");
        assert_eq!(minted(&sandbox, &key), 1, "{outcome:?}");
        let outcome = create(&sandbox, name, words).ok();
        outcome.assert_says("made the agent after all");
        assert_made(&sandbox, name, &key, &format!("{outcome:?}"));
    }
}

/// An asset that isn't the agent's goes by no name of its.
#[test]
fn an_asset_of_somebody_elses_is_not_taken_for_the_agent() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "mine");
    let liar = lying(&sandbox, |method, _| {
        let other = [8_u8; 32];
        let data = [&[1][..], &other, &[1], &other, b"\x01\0\0\0a\x01\0\0\0b\0"].concat();
        let data = STANDARD.encode(&data);
        let account = json!({"owner": programs::MPL_CORE, "lamports": 3_000_000, "data": [data, "base64"]});
        (method == "getAccountInfo").then(|| now(&account))
    });
    let outcome = misled(&sandbox, "mine", &liar, &[]);
    outcome.assert_failure(1);
    assert_eq!(outcome.json()["code"], "unexpected_account", "{outcome:?}");
    outcome.assert_says("it mints nothing");
    finish(&sandbox, "mine", &key, &[]);
}
