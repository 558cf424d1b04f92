//! Creations that meet a full disk, another process, or an API that is down.

use leash_tests::{Api, Reply, Running, Sandbox};
use rustix::process::Signal;
use serde_json::json;

use super::{
    desk::{ask, assert_made, create, minted, pending},
    funded,
};

/// Nothing can be written from the beginning: nobody is told of a key that isn't kept.
#[test]
fn a_key_that_can_not_be_kept_is_not_shown() {
    let sandbox = Sandbox::up();
    let line = "trap '' XFSZ; ulimit -f 0; exec leash agent create mine --sandbox --json";
    let outcome = sandbox.home.shell(line).fails(1);
    assert_eq!(outcome.json()["code"], "io", "{outcome:?}");
    outcome.assert_silent_about("executive_pubkey");
    assert!(!sandbox.home.join(".config/leash/agents/mine.json").exists());
    let key = funded(&sandbox, "mine");
    let _ = create(&sandbox, "mine", &[]).ok();
    assert_made(&sandbox, "mine", &key, "after a full disk");
}

/// Waits for somebody who may have the creation in hand for as long as the test likes.
fn waiting(sandbox: &Sandbox, name: &str) -> Running {
    let running =
        Running::start(sandbox.home.leash(["agent", "create", name, "--sandbox", "--wait", "--json"]));
    // Its file is written under the lock, and the lock kept to the end.
    while !sandbox.home.join(format!(".config/leash/agents/{name}.json")).exists() {
        std::thread::yield_now();
    }
    running
}

#[test]
fn a_second_process_is_turned_away_while_one_is_at_work() {
    let sandbox = Sandbox::up();
    let first = waiting(&sandbox, "mine");
    let key = pending(&sandbox, "mine")["executive_pubkey"].as_str().unwrap().to_owned();
    for words in [&[][..], &["--direct"], &["--wait"]] {
        let outcome = create(&sandbox, "mine", words).fails(1);
        assert_eq!(outcome.json()["code"], "busy", "{outcome:?}");
        outcome.assert_says("goes on where that one stopped");
    }
    // Another name is no business of its.
    let other = funded(&sandbox, "other");
    let _ = create(&sandbox, "other", &[]).ok();
    let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", &key]).ok();
    let ended = first.end();
    assert_eq!((ended.status, &ended.json()["status"]), (0, &json!("ok")), "{ended:?}");
    assert_made(&sandbox, "mine", &key, "the first");
    assert_made(&sandbox, "other", &other, "the other");
}

#[test]
fn a_process_that_is_ended_while_it_waits_leaves_the_next_one_free() {
    let sandbox = Sandbox::up();
    let key = |name: &str| pending(&sandbox, name)["executive_pubkey"].as_str().unwrap().to_owned();
    let killed = waiting(&sandbox, "mine");
    let first = key("mine");
    killed.kill();
    // The second one waits for the same key, and is interrupted.
    let second = Running::start(sandbox.home.leash(["agent", "create", "mine", "--wait"]));
    second.signal(Signal::INT);
    let _ = second.end();
    assert_eq!(key("mine"), first);
    let _ = sandbox.home.leash(["sandbox", "airdrop", "1", "--to", &first]).ok();
    let _ = create(&sandbox, "mine", &[]).ok();
    assert_made(&sandbox, "mine", &first, "killed and interrupted");
}

/// What an agent is called, and what the API answers when it is to be recorded.
type Sick = (&'static str, fn() -> Reply);

/// The API is down, or out of its mind, when the agent is to be recorded: it is recorded later, and minted once.
#[test]
fn an_agent_that_can_not_be_recorded_is_recorded_by_the_next_run() {
    let sandbox = Sandbox::up();
    let sick: [Sick; 5] = [
        ("down", || Reply::Close),
        ("internal", || Reply::Json(500, json!({"error": "internal", "message": "unexpected error"}))),
        ("late", || {
            Reply::Json(502, json!({"error": "rpc_error", "message": "fetch asset failed after 20s"}))
        }),
        ("page", || Reply::Raw(b"HTTP/1.1 503 Down\r\ncontent-length: 6\r\n\r\n<html>".to_vec())),
        ("elsewhere", || {
            Reply::Raw(
                b"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec(),
            )
        }),
    ];
    for (name, answer) in sick {
        let key = funded(&sandbox, name);
        let url = sandbox.url.clone();
        let api = Api::start(move |request, _| {
            if request.path == "/v1/agents/record" { answer() } else { Reply::Raw(request.pass_on(&url)) }
        });
        for _ in 0..2 {
            let run = create(&sandbox, name, &[]).env("LEASH_API_URL", &api.url);
            let outcome = run.fails(1);
            assert_eq!(outcome.json()["code"], "not_recorded", "{outcome:?}");
            outcome.assert_says("it records the agent, and mints nothing");
            assert_eq!(minted(&sandbox, &key), 1, "{outcome:?}");
        }
        let outcome = create(&sandbox, name, &[]).ok();
        assert_made(&sandbox, name, &key, &format!("{outcome:?}"));
        // It is known there, so it can act.
        let _ = sandbox.home.leash(["--agent", name, "api-key", "create", "--label", "x", "--quiet"]).ok();
    }
}

/// The longest that fits: the asset in one transaction, its registration in another one.
#[test]
fn a_long_description_takes_two_transactions_and_a_longer_one_is_refused() {
    let sandbox = Sandbox::up();
    let key = funded(&sandbox, "long");
    let text = "An agent that says much. ".repeat(16);
    let outcome = create(&sandbox, "long", &["--direct", "--description", &text]).ok();
    assert_made(&sandbox, "long", &key, &format!("{outcome:?}"));
    let mint: leash_chain::Address = outcome.json()["agent_mint"].as_str().unwrap().parse().unwrap();
    let identity = leash_chain::identity(&mint);
    let registered = ask(&sandbox.url, "getAccountInfo", &json!([identity, {"encoding": "base64"}]));
    assert!(!registered["value"].is_null(), "{registered}");
    let key = funded(&sandbox, "longer");
    let text = "An agent that says too much. ".repeat(60);
    let outcome = create(&sandbox, "longer", &["--direct", "--description", &text]).fails(2);
    outcome.assert_says("--description");
    // It isn't too late to say less.
    let _ = create(&sandbox, "longer", &["--direct", "--description", "Less"]).ok();
    assert_made(&sandbox, "longer", &key, "shortened");
}
