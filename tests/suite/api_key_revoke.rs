//! `leash api-key revoke`: what needs a question, and what a failure in the middle leaves.

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Api, Home, Keys, Reply, Terminal};
use serde_json::json;

fn set_up(labels: &[&str]) -> (Keys, Vec<String>, Api, Home) {
    let keys = Keys::of(AGENT_1);
    let ids = labels.iter().map(|label| keys.add(label, 100)).collect();
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    (keys, ids, api, home)
}

fn disable(id: &str) -> String {
    format!("POST /v1/agents/{}/api-keys/{id}/disable", AGENT_1.mint)
}

fn list() -> String {
    format!("GET /v1/agents/{}/api-keys?limit=200", AGENT_1.mint)
}

#[test]
fn an_id_typed_in_full_is_enough() {
    let (keys, ids, api, home) = set_up(&["a", "b", "c"]);
    let outcome = home.leash(["api-key", "revoke", &ids[0]]).ok();
    let day = without_times(&outcome.stdout);
    assert_snapshot!(day, @"
    agent API key revoked
      id:        01M8TEST000000000000000001
      label:     a
      disabled:
    ");
    let document = home.leash(["api-key", "disable", &ids[1], "--json"]).ok().json();
    assert_eq!((&document["kind"], &document["status"]), (&json!("agent_api_key"), &json!("revoked")));
    assert_eq!(document["key"]["id"], ids[1]);
    assert!(document["key"]["disabled_at"].is_string());
    assert_eq!(api.calls(), [disable(&ids[0]), disable(&ids[1])]);
    assert_eq!(keys.active(), [ids[2].clone()]);
}

/// The time at which it happened, taken out.
fn without_times(text: &str) -> String {
    text.lines().map(|line| line.split("  20").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn several_ids_are_revoked_in_turn() {
    let (keys, ids, api, home) = set_up(&["a", "b", "c"]);
    let document = home.leash(["api-key", "revoke", "--json", &ids[2], &ids[0], &ids[2]]).ok().json();
    assert_eq!((&document["kind"], &document["count"]), (&json!("agent_api_keys"), &json!(2)));
    assert_eq!(api.calls(), [disable(&ids[2]), disable(&ids[0])]);
    assert_eq!(keys.active(), [ids[1].clone()]);
}

#[test]
fn anything_broader_needs_yes_where_nobody_can_be_asked() {
    let (keys, ids, api, home) = set_up(&["a", "b", "a", "c"]);
    let beginning = &ids[1][..25];
    for arguments in
        [&["--label", "a"][..], &["--all-but", &ids[0]], &["--all-but", "01M8TEST000000000000000001"]]
    {
        let outcome = home.leash(["api-key", "revoke"].iter().chain(arguments)).fails(2);
        outcome.assert_says("add `--yes`");
    }
    // All of them begin like this.
    home.leash(["api-key", "revoke", beginning, "--yes"]).fails(2).assert_says("several keys begin");
    home.leash(["api-key", "revoke", "", "--yes"]).fails(2).assert_says("an empty id");
    assert_eq!(api.calls(), vec![list(); 5]);
    assert_eq!(keys.active().len(), 4);

    let _ = home.leash(["api-key", "revoke", "--label", "a", "--yes"]).ok();
    assert_eq!(keys.active(), [ids[1].clone(), ids[3].clone()]);
    let _ = home.leash(["api-key", "revoke", "-y", "--all-but", &ids[3].to_lowercase()]).ok();
    assert_eq!(keys.active(), [ids[3].clone()]);
    let nothing = home.leash(["api-key", "revoke", "--all-but", &ids[3], "--yes"]).ok();
    assert_eq!(nothing.stdout, "no keys to revoke\n");
}

#[test]
fn the_beginning_of_an_id_will_do() {
    let keys = Keys::of(AGENT_1);
    for number in 1..=12 {
        let _ = keys.add(&format!("{number}"), 5);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    // Of twelve, only the tenth to the twelfth have a 1 there.
    let tenth = "01m8test0000000000000000".to_owned() + "1";
    home.leash(["api-key", "revoke", &tenth, "--yes"]).fails(2).assert_says("type more of it");
    let fifth = "01m8test000000000000000005";
    let _ = home.leash(["api-key", "revoke", fifth]).ok();
    assert!(!keys.active().contains(&fifth.to_uppercase()));
    home.leash(["api-key", "revoke", "9", "--yes"]).fails(1).assert_says("no active key has the id `9`");
}

#[test]
fn an_id_that_nobody_knows_is_a_failure() {
    let (_keys, ids, api, home) = set_up(&["a"]);
    let unknown = "01M8TEST999999999999999999";
    let outcome = home.leash(["api-key", "revoke", unknown]).fails(1);
    assert_snapshot!(outcome.stderr, @"
    error: `01M8TEST999999999999999999`: the API answered 404: api key not found
    hint: `leash api-key list` shows the keys of this agent
    ");
    let outcome = home.leash(["api-key", "revoke", "--yes", "--json", "a/b ?x"]).fails(1);
    assert_eq!(outcome.json()["code"], "not_found");
    home.leash(["api-key", "revoke", "--label", "b", "--yes"])
        .fails(1)
        .assert_says("no active key is labelled `b`");
    home.leash(["api-key", "revoke", "--all-but", unknown, "--yes"])
        .fails(1)
        .assert_says("no active key has the id");
    assert!(!api.calls().contains(&disable(&ids[0])));
}

#[test]
fn a_command_line_that_makes_no_sense_asks_for_nothing() {
    let (_keys, ids, api, home) = set_up(&["a"]);
    for arguments in [
        &[][..],
        &["--yes"],
        &[&ids[0], "--label", "a"],
        &["--label", "a", "--all-but", &ids[0]],
        &[&ids[0], "--all-but", &ids[0]],
        &[&ids[0], "--force"],
        &[&ids[0], "--network", "mainnet"],
    ] {
        let _ = home.leash(["api-key", "revoke"].iter().chain(arguments)).fails(2);
    }
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[test]
fn a_failure_in_the_middle_says_what_is_done_and_what_is_left() {
    let keys = Keys::of(AGENT_1);
    let ids: Vec<String> = ["a", "b", "c"].iter().map(|label| keys.add(label, 100)).collect();
    let broken = ids[1].clone();
    let api = keys.serve_but(move |request, _| {
        let error = json!({ "error": "invalid_request", "message": "not this one" });
        request.path.contains(&broken).then_some(Reply::Json(422, error))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(["api-key", "revoke", "--json", &ids[0], &ids[1], &ids[2]]).fails(1);
    outcome.assert_says(&format!(
        "`{}`: the API answered 422: not this one; revoked 1 of 3: {}",
        ids[1], ids[0]
    ));
    outcome.assert_says(&format!("still to do: `leash api-key revoke {} {}`", ids[1], ids[2]));
    assert_eq!(keys.active(), ids[1..]);
    let outcome = home.leash(["api-key", "revoke", &ids[1], &ids[2]]).fails(1);
    outcome.assert_says("none was revoked");
    let unknown = "01M8TEST999999999999999999";
    let outcome = home.leash(["api-key", "revoke", unknown, &ids[2]]).fails(1);
    outcome.assert_says(&format!("still to do: `leash api-key revoke {}`", ids[2]));
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let keys = Keys::of(AGENT_1);
    let id = keys.add("a", 100);
    let api = keys.serve_but(|_, before| (before == 0).then_some(Reply::Close));
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(["api-key", "revoke", &id]).ok();
    outcome.assert_says("trying again");
    assert_eq!(api.calls(), [disable(&id), disable(&id)]);
}

#[test]
fn an_answer_that_revoked_nothing_is_a_failure() {
    let keys = Keys::of(AGENT_1);
    let id = keys.add("a", 100);
    let made = keys.clone();
    let api = keys.serve_but(move |request, _| {
        let Reply::Json(200, mut page) = made.answer(&leash_tests::Request {
            method: "GET".into(),
            path: request.path.split("/01").next().unwrap().into(),
            ..request.clone()
        }) else {
            panic!("no list")
        };
        Some(Reply::Json(200, json!({ "key": page["items"][0].take() })))
    });
    let outcome = Home::with_agent(&AGENT_1, &api.url).leash(["api-key", "revoke", &id]).fails(1);
    outcome.assert_says("still active");
}

#[test]
fn a_person_is_asked() {
    for (answer, revoked) in
        [("n\n", false), ("\n", false), ("yes please\n", false), ("y\n", true), ("YES\n", true)]
    {
        let (keys, ids, api, home) = set_up(&["a", "b"]);
        let mut terminal = Terminal::start(home.leash(["api-key", "revoke", &ids[0]]));
        terminal.wait_for("Revoke 1 key?");
        terminal.type_in(answer);
        let (status, screen) = terminal.end();
        assert_eq!(status, Some(i32::from(!revoked)), "{screen}");
        assert!(screen.contains(&format!("{}  a  lsh_test_…k001", ids[0])), "{screen}");
        assert_eq!(keys.active().len(), if revoked { 1 } else { 2 }, "{screen}");
        assert_eq!(api.calls().len(), if revoked { 2 } else { 1 });
        assert_eq!(screen.contains("nothing was revoked"), !revoked, "{screen}");
    }
    let (keys, _, _api, home) = set_up(&["a", "b"]);
    let (status, screen) = Terminal::start(home.leash(["api-key", "revoke", "--label", "b", "--yes"])).end();
    assert_eq!((status, keys.active().len()), (Some(0), 1), "{screen}");
}
