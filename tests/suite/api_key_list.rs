//! `leash api-key list`: the keys, how old they are, and how many more there may be.

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Api, Home, Keys, Reply};
use serde_json::{Value, json};

const LIST: [&str; 2] = ["api-key", "list"];

fn path(query: &str) -> String {
    format!("GET /v1/agents/{}/api-keys{query}", AGENT_1.mint)
}

#[test]
fn ages_and_states_are_shown() {
    let keys = Keys::of(AGENT_1);
    for (label, age) in
        [("days", 3 * 86_400), ("hours", 7_300), ("minutes", 200), ("old", 4_000), ("новый \"q\"", -30)]
    {
        let _ = keys.add(label, age);
    }
    let _ = keys.disable("01M8TEST000000000000000004");
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    assert_snapshot!(home.leash(["api-key", "list", "--include-disabled"]).ok().stdout, @r#"
    5 agent API key(s):
      01M8TEST000000000000000005  новый "q"  lsh_test_…k005  solana-devnet  active  just now
      01M8TEST000000000000000004  old  lsh_test_…k004  solana-devnet  disabled  1 h old
      01M8TEST000000000000000003  minutes  lsh_test_…k003  solana-devnet  active  3 min old
      01M8TEST000000000000000002  hours  lsh_test_…k002  solana-devnet  active  2 h old
      01M8TEST000000000000000001  days  lsh_test_…k001  solana-devnet  active  3 d old
    "#);
    let active = home.leash(LIST).ok();
    assert!(active.stdout.starts_with("4 agent API key(s):\n"), "{active:?}");
    active.assert_silent_about("disabled");
    assert_eq!(api.calls(), [path("?include_disabled=true"), path("")]);
}

#[test]
fn json_has_all_that_the_api_said_and_the_age() {
    let keys = Keys::of(AGENT_1);
    let id = keys.add("one", 90);
    let api = keys.serve();
    let document = Home::with_agent(&AGENT_1, &api.url).leash(["api-keys", "list", "--json"]).ok().json();
    assert_eq!(document["kind"], "agent_api_keys");
    assert_eq!(document["agent_mint"], AGENT_1.mint);
    assert_eq!(document["network"], "solana-devnet");
    assert_eq!(document["count"], 1);
    assert_eq!(document["truncated"], false);
    let item = &document["items"][0];
    assert_eq!(item["id"], id);
    assert_eq!(item["disabled_at"], Value::Null);
    assert!((90..200).contains(&item["age_seconds"].as_i64().unwrap()), "{item}");
}

#[test]
fn no_keys_are_no_failure() {
    let api = Keys::of(AGENT_1).serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(LIST).ok();
    assert_eq!(outcome.stdout, "no agent API keys found\n");
    outcome.assert_says("leash api-key create --label NAME");
    let document = home.leash(["api-key", "list", "--json"]).ok().json();
    assert_eq!((&document["count"], &document["items"]), (&json!(0), &json!([])));
}

#[test]
fn a_full_page_is_asked_for_again() {
    let keys = Keys::of(AGENT_1);
    for _ in 0..99 {
        let _ = keys.add("many", 5);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    assert!(home.leash(LIST).ok().stdout.starts_with("99 agent API key(s):\n"));
    assert_eq!(api.calls(), [path("")]);

    let _ = keys.add("many", 5);
    let outcome = home.leash(["api-key", "list", "--include-disabled"]).ok();
    assert!(outcome.stdout.starts_with("100 agent API key(s):\n"), "{outcome:?}");
    assert_eq!(outcome.stderr, "");
    assert_eq!(api.calls()[1..], [path("?include_disabled=true"), path("?include_disabled=true&limit=200")]);

    for _ in 0..150 {
        let _ = keys.add("many", 5);
    }
    let outcome = home.leash(["api-key", "list", "--json"]).ok();
    assert_eq!(outcome.json()["count"], 200);
    assert_eq!(outcome.json()["truncated"], true);
    outcome.assert_says("warning: there are 200 keys or more");
    assert_eq!(api.calls()[3..], [path(""), path("?limit=200")]);
}

#[test]
fn a_limit_is_what_was_asked_for() {
    let keys = Keys::of(AGENT_1);
    for _ in 0..120 {
        let _ = keys.add("many", 5);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    for limit in ["1", "100", "200"] {
        let outcome = home.leash(["api-key", "list", "--limit", limit]).ok();
        let count = limit.parse::<usize>().unwrap().min(120);
        assert_eq!(outcome.stdout.lines().count(), 1 + count, "{outcome:?}");
        assert_eq!(outcome.stderr, "");
    }
    assert_eq!(api.calls(), [path("?limit=1"), path("?limit=100"), path("?limit=200")]);
    for limit in ["0", "201", "999", "abc", "1.5", "-1", "+1x", ""] {
        let outcome = home.leash(["api-key", "list", "--json", "--limit", limit]).fails(2);
        assert_eq!(outcome.json()["kind"], "agent_api_keys", "{outcome:?}");
    }
    let _ = home.leash(["api-key", "list", "--network", "mainnet"]).fails(2);
    assert_eq!(api.calls().len(), 3);
}

#[test]
fn labels_cannot_draw_on_the_terminal() {
    let hostile = "a\u{1b}]0;pwned\u{7}\u{202e}b\r\nc\u{9b}2J\u{200b}";
    let keys = Keys::of(AGENT_1);
    let _ = keys.add(hostile, 0);
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(LIST).ok();
    let line = outcome.stdout.lines().nth(1).unwrap();
    assert!(line.contains(r"a\u{1b}]0;pwned\u{7}\u{202e}b\r\nc\u{9b}2J\u{200b}"), "{line}");
    assert_eq!(outcome.stdout.lines().count(), 2);
    let outcome = home.leash(["api-key", "list", "--json"]).ok();
    assert_eq!(outcome.json()["items"][0]["label"], hostile);
    assert!(!outcome.stdout.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{outcome:?}");
}

#[test]
fn fields_that_are_new_are_kept() {
    let api = Api::start(|_, _| {
        let key = json!({
            "id": "1", "label": "l", "network": "n", "prefix": "p", "last4": "4", "owner_wallet": "o", "agent_mint": "m",
            "scopes": ["agent", "more"], "created_at": "some day", "disabled_at": null, "last_used": {"at": 1},
        });
        Reply::Json(200, json!({ "items": [key], "more": true }))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let item = home.leash(["api-key", "list", "--json"]).ok().json()["items"][0].clone();
    assert_eq!(item["last_used"], json!({ "at": 1 }));
    assert_eq!(item["age_seconds"], Value::Null);
    assert_eq!(home.leash(LIST).ok().stdout, "1 agent API key(s):\n  1  l  p…4  n  active\n");
}

#[test]
fn a_clock_that_is_off_is_worked_around() {
    let keys = Keys::of(AGENT_1);
    let _ = keys.add("one", 0);
    let api = keys.serve_but(|_, before| {
        let drift = json!({ "error": "unauthorized", "message": "timestamp drift too large" });
        let now = jiff::Timestamp::now() + std::time::Duration::from_secs(420);
        let date = now.strftime("date: %a, %d %b %Y %H:%M:%S GMT").to_string();
        (before == 0).then(|| Reply::with_headers(401, &[&date], &drift))
    });
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(LIST).ok();
    outcome.assert_says("warning: this machine's clock is");
    assert!(outcome.stdout.starts_with("1 agent API key(s):\n"), "{outcome:?}");
    let stamps: Vec<jiff::Timestamp> = api
        .requests()
        .iter()
        .map(|request| request.header("x-leash-timestamp").unwrap().parse().unwrap())
        .collect();
    assert!(stamps[1].duration_since(stamps[0]).as_secs() > 400, "{stamps:?}");
}
