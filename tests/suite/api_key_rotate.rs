//! `leash api-key rotate`: in which order, which key, and what a failure at each step leaves.

use std::{fs, fs::File};

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Api, Home, Keys, Reply, Request, Running};
use rustix::process::Signal;
use serde_json::{Value, json};

fn set_up(labels: &[&str]) -> (Keys, Vec<String>, Api, Home) {
    let keys = Keys::of(AGENT_1);
    let ids = labels.iter().map(|label| keys.add(label, 0)).collect();
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    (keys, ids, api, home)
}

/// The same with one key, and another answer to some request; its id.
fn set_up_but(
    instead: impl Fn(&Keys, &Request) -> Option<Reply> + Send + Sync + 'static,
) -> (Keys, String, Api, Home) {
    let keys = Keys::of(AGENT_1);
    let id = keys.add("ci", 0);
    let state = keys.clone();
    let api = keys.serve_but(move |request, _| instead(&state, request));
    let home = Home::with_agent(&AGENT_1, &api.url);
    (keys, id, api, home)
}

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/api-keys")
}

fn error(status: u16) -> Reply {
    Reply::Json(status, json!({ "error": "invalid_request", "message": "no" }))
}

#[test]
fn the_old_key_is_revoked_last() {
    let (keys, ids, api, home) = set_up(&["ci"]);
    let outcome = home.leash(["api-key", "rotate"]).ok();
    assert_snapshot!(outcome.stdout, @"
    agent API key created
      id:           01M8TEST000000000000000002
      label:        ci
      network:      solana-devnet
      owner_wallet: AV3nmEArrKwFqbDzRsE9h3eUdhQvDF7zhCnRzH7kco7
      agent_mint:   B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj
      scope:        agent
      replaces:     01M8TEST000000000000000001
      plaintext:    lsh_test_00000000000007k002

    Store the plaintext now: it is shown only this once.
    ");
    let notes = format!(
        "note: revoked the old key {0}\nnote: payment links made with key {0}, if any, stay live and can't be listed: leash \
         doesn't have the plaintext\n",
        ids[0]
    );
    assert_eq!(outcome.stderr, notes);
    let base = format!("/v1/agents/{}/api-keys", AGENT_1.mint);
    let expected = [
        format!("GET {base}?limit=200"),
        format!("POST {base}"),
        format!("GET /v1/receipts/{}?limit=1", AGENT_1.mint),
        format!("POST {base}/{}/disable", ids[0]),
    ];
    assert_eq!(api.calls(), expected);
    let new = keys.newest();
    assert_eq!(keys.active(), [new.as_str()]);
    let proof = &api.requests()[2];
    assert_eq!(proof.header("authorization"), Some(&*format!("Bearer {}", keys.plaintext(&new))));
    assert_eq!(proof.header("x-leash-sig"), None);
    assert_eq!(api.requests()[1].body, br#"{"label":"ci"}"#);
}

#[test]
fn the_new_key_goes_where_it_is_wanted() {
    let (keys, ids, _api, home) = set_up(&["ci"]);
    let document = home.leash(["api-key", "rotate", "--json"]).ok().json();
    assert_eq!((&document["kind"], &document["status"]), (&json!("agent_api_key"), &json!("ok")));
    assert_eq!(document["plaintext"], keys.plaintext(&keys.newest()));
    assert_eq!(document["replaces"]["id"], ids[0]);

    let outcome = home.leash(["api-key", "rotate", "--quiet"]).ok();
    assert_eq!((&*outcome.stdout, &*outcome.stderr), (&*format!("{}\n", keys.plaintext(&keys.newest())), ""));

    let outcome = home.leash(["api-key", "rotate", "--out", "key"]).ok();
    let plaintext = keys.plaintext(&keys.newest());
    outcome.assert_silent_about(&plaintext);
    assert_eq!(fs::read_to_string(home.join("key")).unwrap(), format!("{plaintext}\n"));

    home.leash(["api-key", "rotate", "--save"]).ok().assert_silent_about(&keys.plaintext(&keys.newest()));
    let stored = home.read_json(".config/leash/agent.json");
    assert_eq!(stored["api_key"], keys.plaintext(&keys.newest()));
    assert_eq!(keys.active(), [keys.newest()]);
}

#[test]
fn which_key_is_meant() {
    let (keys, ids, api, home) = set_up(&["a", "b", "b"]);
    let outcome = home.leash(["api-key", "rotate"]).fails(2);
    outcome.assert_says("3 keys could be meant");
    outcome.assert_says("leash api-key rotate ID");
    let _ = home.leash(["api-key", "rotate", "--label", "b"]).fails(2);
    home.leash(["api-key", "rotate", "--label", "c"]).fails(1).assert_says("no active key is labelled `c`");
    let _ = home.leash(["api-key", "rotate", "01M8"]).fails(2);
    let _ = home.leash(["api-key", "rotate", "01M9"]).fails(1);
    let _ = home.leash(["api-key", "rotate", &ids[0], "--label", "a"]).fails(2);
    let _ = home.leash(["api-key", "rotate"]).env("LEASH_API_KEY", "lsh_test_of_another_agent").fails(2);
    assert!(api.calls().iter().all(|call| call.starts_with("GET ")), "{:?}", api.calls());
    assert_eq!(keys.active(), ids);

    let _ = home.leash(["api-key", "rotate", "-l", "a"]).ok();
    assert!(!keys.active().contains(&ids[0]));
    let configured = keys.plaintext(&ids[1]);
    let _ = home.leash(["api-key", "rotate", "--label", "b"]).env("LEASH_API_KEY", configured).ok();
    assert!(!keys.active().contains(&ids[1]));
    let _ = home.leash(["api-key", "rotate", &ids[2].to_lowercase()]).ok();
    assert!(!keys.active().contains(&ids[2]));
    assert_eq!(keys.active().len(), 3);

    let (_, _, api, home) = set_up(&[]);
    home.leash(["api-key", "rotate"]).fails(1).assert_says("leash api-key create");
    assert_eq!(api.calls().len(), 1);
}

#[test]
fn a_new_key_that_does_not_work_is_revoked() {
    for status in [401, 403, 422] {
        let (keys, old, api, home) =
            set_up_but(move |_, request| request.path.starts_with("/v1/receipts/").then(|| error(status)));
        let outcome = home.leash(["api-key", "rotate", "--out", "key", "--json"]).fails(1);
        let new = keys.newest();
        outcome.assert_says(&format!("the new key was not proven to work: the API answered {status}"));
        outcome.assert_says(&format!("the new key {new} was revoked; the old key {old} still works"));
        outcome.assert_silent_about(&keys.plaintext(&new));
        assert_eq!(keys.active(), [old]);
        assert_eq!(api.calls().len(), 4);
        assert!(!home.join("key").exists());
    }
}

#[test]
fn a_new_key_that_reaches_nobody_is_revoked() {
    let (keys, ids, api, home) = set_up(&["ci"]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let outcome = home.leash(["api-key", "rotate"]).stdout(full).outcome_elsewhere();
    outcome.assert_failure(1);
    outcome.assert_says(&format!(
        "the new key {} was revoked; the old key {} still works",
        keys.newest(),
        ids[0]
    ));
    assert_eq!(keys.active(), ids);

    let calls = api.calls().len();
    home.write_private("there", "");
    let _ = home.leash(["api-key", "rotate", "--out", "there"]).fails(1);
    let _ = home.run("sh", ["-c", "exec leash api-key rotate >&-"]).fails(1);
    let _ = home.leash(["api-key", "rotate"]).env("XDG_DATA_HOME", "/proc/leash").fails(1);
    assert_eq!(api.calls().len(), calls);
}

#[test]
fn an_old_key_that_stays_is_named() {
    let (keys, old, _api, home) =
        set_up_but(|_, request| request.path.ends_with("/disable").then(|| error(422)));
    let outcome = home.leash(["api-key", "rotate", "--json"]).outcome();
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let new = keys.newest();
    // stdout has the one document that was promised, and the key in it works.
    assert_eq!(outcome.json()["plaintext"], keys.plaintext(&new));
    assert_snapshot!(outcome.stderr, @"
    error: the new key 01M8TEST000000000000000002 was handed over and works, but the old one, 01M8TEST000000000000000001, still works, too: the API answered 422: no
    hint: revoke it: `leash api-key revoke 01M8TEST000000000000000001`
    ");
    assert_eq!(keys.active(), [old.clone(), new.clone()]);

    let again = home.leash(["api-key", "rotate", &new]).fails(1);
    again.assert_says(&format!("its new key {new} was handed over; it and the old key {old} both work"));
}

#[test]
fn a_lost_answer_costs_no_key() {
    let (keys, old, _api, home) = set_up_but(|keys, request| {
        is_create(request).then(|| {
            let _ = keys.answer(request);
            Reply::Close
        })
    });
    let outcome = home.leash(["api-key", "rotate"]).fails(1);
    outcome.assert_says(&format!("the key that was made, {}, was revoked", keys.newest()));
    outcome.assert_says(&format!("the old key {old} still works"));
    assert_eq!(keys.active(), [old]);

    // The old key is as young as one that was just made could be, and has the same label.
    let (keys, old, _api, home) = set_up_but(|_, request| is_create(request).then_some(Reply::Close));
    home.leash(["api-key", "rotate"]).fails(1).assert_says("no key was made");
    assert_eq!(keys.active(), [old]);
}

#[test]
fn a_signal_leaves_the_old_key_alone() {
    for step in 1..=3 {
        let keys = Keys::of(AGENT_1);
        let old = keys.add("ci", 0);
        let state = keys.clone();
        let api = keys.serve_but(move |request, before| {
            (before + 1 == step).then(|| {
                let _ = state.answer(request);
                Reply::Silence
            })
        });
        let home = Home::with_agent(&AGENT_1, &api.url);
        let running = Running::start(home.leash(["api-key", "rotate", "--out", "key"]));
        api.wait_for(step);
        running.signal(Signal::INT);
        let outcome = running.end();
        outcome.assert_failure(130);
        assert_eq!(keys.active(), [old], "{outcome:?}");
        assert!(!home.join("key").exists());
    }
}

#[test]
fn two_at_once_are_one_too_many() {
    let (_keys, _old, api, home) = set_up_but(|_, request| is_create(request).then_some(Reply::Silence));
    let first = Running::start(home.leash(["api-key", "rotate"]));
    api.wait_for(2);
    let outcome = home.leash(["api-key", "rotate", "--json"]).fails(1);
    assert_eq!(outcome.json()["code"], "busy");
    assert_eq!(api.calls().len(), 2);
    first.kill();
}

#[test]
fn the_journal_holds_no_secret() {
    let (keys, old, api, home) =
        set_up_but(|_, request| request.path.ends_with("/disable").then_some(Reply::Silence));
    let running = Running::start(home.leash(["api-key", "rotate"]));
    api.wait_for(4);
    running.kill();
    let path = format!(".local/share/leash/rotations/{}.json", AGENT_1.mint);
    let text = fs::read_to_string(home.join(&path)).unwrap();
    assert!(text.contains(&old) && text.contains(&keys.newest()), "{text}");
    assert!(!text.contains(&keys.plaintext(&keys.newest())[..14]), "{text}");
    assert!(serde_json::from_str::<Value>(&text).is_ok());

    home.write_private(&path, "{");
    let outcome = home.leash(["api-key", "rotate"]).fails(1);
    outcome.assert_says("cannot understand");
    assert_eq!(keys.active().len(), 2);
}

#[test]
fn who_has_the_old_key_in_the_environment_is_told() {
    let (_, _, _api, home) = set_up(&["ci"]);
    let made = home.leash(["api-key", "create", "--label", "mine", "--quiet"]).ok();
    let run = home.leash(["api-key", "rotate", "--label", "mine", "--out", "new-key.txt"]);
    let told = run.env("LEASH_API_KEY", made.stdout.trim_end()).ok();
    told.assert_says("LEASH_API_KEY still holds the key that was revoked");
    told.assert_says("export LEASH_API_KEY=\"$(cat new-key.txt)\"");
    let other = home.leash(["api-key", "rotate", "--label", "ci", "--quiet"]);
    let other = other.env("LEASH_API_KEY", made.stdout.trim_end()).ok();
    assert!(!other.stderr.contains("LEASH_API_KEY"), "{other:?}");
}
