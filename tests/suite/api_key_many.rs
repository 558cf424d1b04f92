//! More active keys than the API lists, which are 200: nothing that isn't listed is said to be absent.

use leash_tests::{AGENT_1, Api, Home, Keys, Outcome, Reply, Request, Run, Running};
use serde_json::json;

/// An agent with so many keys that the first ones aren't listed.
struct Many {
    keys: Keys,
    /// Labelled `old`.
    oldest: String,
    api: Api,
    home: Home,
}

/// `newer` keys labelled `many` after one labelled `old`.
fn many(newer: usize) -> Many {
    many_but(newer, |_, _, _| None)
}

fn many_but(
    newer: usize,
    instead: impl Fn(&Keys, &Request, usize) -> Option<Reply> + Send + Sync + 'static,
) -> Many {
    let keys = Keys::of(AGENT_1);
    let oldest = keys.add("old", 1_000);
    for _ in 0..newer {
        let _ = keys.add("many", 500);
    }
    let state = keys.clone();
    let api = keys.serve_but(move |request, before| instead(&state, request, before));
    let home = Home::with_agent(&AGENT_1, &api.url);
    Many { keys, oldest, api, home }
}

impl Many {
    fn run(&self, words: &[&str]) -> Run {
        self.home.leash(["api-key"].iter().chain(words))
    }
}

/// That a failure is for the list's end, and names what can be typed.
fn is_cut(outcome: &Outcome, command: &str) {
    outcome.assert_says("the API lists only the newest 200 active keys, and there may be older ones");
    outcome.assert_says(command);
    outcome.assert_silent_about("no active key");
    if !outcome.stdout.is_empty() {
        assert_eq!(outcome.json()["code"], "list_cut_off", "{outcome:?}");
    }
}

#[test]
fn what_is_not_listed_is_not_said_to_be_absent() {
    // Exactly as many as the API lists may be all or not.
    for newer in [199, 200, 260] {
        let many = many(newer);
        for words in [&["revoke", "--label", "gone", "--yes"][..], &["revoke", "02", "--yes"]] {
            is_cut(&many.run(&[words, &["--json"]].concat()).fails(1), "leash api-key revoke ID");
        }
        for words in [&["rotate", "--label", "gone"][..], &["rotate", "02"]] {
            is_cut(&many.run(&[words, &["--json"]].concat()).fails(1), "leash api-key rotate ID");
        }
        let all_but = many.run(&["revoke", "--all-but", "01M8TEST999999999999999999", "--yes"]).fails(1);
        is_cut(&all_but, "leash api-key revoke --all-but ID");
        assert_eq!(many.keys.active().len(), newer + 1);
    }
    // One key less, and the list is whole.
    let many = many(198);
    many.run(&["revoke", "--label", "gone", "--yes"])
        .fails(1)
        .assert_says("no active key is labelled `gone`");
    many.run(&["rotate", "02"]).fails(1).assert_says("no active key has the id `02`");
}

#[test]
fn a_full_id_goes_through_without_being_listed() {
    let many = many(200);
    let _ = many.run(&["revoke", &many.oldest]).ok();
    assert_eq!(many.keys.active().len(), 200);
    // In lower case, and beside one that is listed, it takes a list.
    let many = self::many(200);
    let newest = many.keys.newest();
    let _ = many.run(&["revoke", &many.oldest.to_lowercase(), &newest, "--yes"]).ok();
    assert!(!many.keys.active().contains(&many.oldest) && !many.keys.active().contains(&newest));
}

#[test]
fn a_label_or_a_configured_key_is_not_known_to_be_one_keys_alone() {
    let many = many(200);
    let one = many.keys.add("one", 5);
    let label = many.run(&["rotate", "--label", "one", "--json"]).fails(1);
    is_cut(&label, &format!("leash api-key rotate {one}"));
    let configured = many.run(&["rotate", "--json"]).env("LEASH_API_KEY", many.keys.plaintext(&one)).fails(1);
    is_cut(&configured, &format!("leash api-key rotate {one}"));
    assert_eq!(many.keys.active().len(), 202);
    // Its id in full says which.
    let _ = many.run(&["rotate", &one, "--quiet"]).ok();
    assert!(!many.keys.active().contains(&one));
}

#[test]
fn the_beginning_of_an_id_is_not_known_to_be_one_keys_alone() {
    let keys = Keys::of(AGENT_1);
    for _ in 0..200 {
        let _ = keys.add("many", 500);
    }
    let state = keys.clone();
    let api = keys.serve_but(move |request, _| {
        let Reply::Json(status, mut body) = state.answer(request) else { panic!("no JSON") };
        if let Some(newest) = body["items"].get_mut(0) {
            newest["id"] = json!("09ZZZZZZZZZZZZZZZZZZZZZZZZ");
        }
        Some(Reply::Json(status, body))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    for command in ["revoke", "rotate"] {
        let mut words = vec!["api-key", command, "09z", "--json"];
        words.extend((command == "revoke").then_some("--yes"));
        let outcome = home.leash(words).fails(1);
        is_cut(&outcome, &format!("leash api-key {command} 09ZZZZZZZZZZZZZZZZZZZZZZZZ"));
    }
    assert_eq!(keys.active().len(), 200);
}

#[test]
fn a_key_that_is_not_listed_cannot_be_rotated_and_it_is_said_how_else() {
    let many = many(200);
    let outcome = many.run(&["rotate", &many.oldest, "--json"]).fails(1);
    is_cut(&outcome, &format!("leash api-key revoke {}", many.oldest));
    outcome.assert_says("leash api-key create --label NAME");
}

#[test]
fn revoking_by_label_goes_on_as_far_as_the_list_gets() {
    // What is revoked makes room for older keys: all of them go.
    let all = many(450);
    let document = all.run(&["revoke", "--label", "many", "--yes", "--json"]).ok().json();
    assert_eq!(document["count"], 450);
    assert_eq!(all.keys.active(), [all.oldest.as_str()]);

    let all = many(450);
    let kept = all.keys.newest();
    let document = all.run(&["revoke", "--all-but", &kept, "--yes", "--json"]).ok().json();
    assert_eq!(document["count"], 450);
    assert_eq!(all.keys.active(), [kept]);

    // Where others fill the list, what was revoked is said, and that it may not be all.
    let some = many(220);
    let (one, two) = (some.keys.add("ci", 5), some.keys.add("ci", 5));
    let outcome = some.run(&["revoke", "--label", "ci", "--yes", "--json"]).fails(1);
    is_cut(&outcome, "leash api-key revoke ID");
    outcome.assert_says("whether another active key is labelled `ci` is not known");
    outcome.assert_says(&format!("revoked 2 keys: {two} {one}"));
    assert_eq!(outcome.json()["revoked"], json!([two, one]));
    assert_eq!(some.keys.active().len(), 221);
}

#[test]
fn a_server_that_lists_what_was_revoked_is_not_asked_for_ever() {
    let many = many_but(220, |keys, request, _| {
        // Revoked keys stay listed.
        let all = Request { path: format!("{}&include_disabled=true", request.path), ..request.clone() };
        (request.method == "GET").then(|| keys.answer(&all))
    });
    let outcome = many.run(&["revoke", "--label", "many", "--yes"]).fails(1);
    outcome.assert_says("is not known");
    assert!(many.api.calls().len() < 300, "{}", many.api.calls().len());
}

#[test]
fn the_list_says_where_it_ends() {
    let many = many(200);
    for words in [&["list"][..], &["list", "--limit", "200"]] {
        let outcome = many.run(&[words, &["--json"]].concat()).ok();
        outcome.assert_says("warning: there are 200 keys or more; the API shows only the newest 200");
        assert_eq!((&outcome.json()["count"], &outcome.json()["truncated"]), (&json!(200), &json!(true)));
    }
    let outcome = many.run(&["list", "--include-disabled"]).ok();
    outcome.assert_says("and more of the active ones without `--include-disabled`");
    let some = many.run(&["list", "--limit", "3", "--json"]).ok();
    assert_eq!((&*some.stderr, &some.json()["truncated"]), ("", &json!(true)));
}

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.path.ends_with("/api-keys")
}

#[test]
fn a_lost_key_that_the_list_does_not_reach_back_to_may_be_there() {
    let create = ["create", "--label", "ci", "--timeout", "3s"];
    // Two hundred others were made since.
    let many = many_but(3, |keys, request, _| {
        is_create(request).then(|| {
            let _ = keys.answer(request);
            for _ in 0..200 {
                let _ = keys.add("since", 0);
            }
            Reply::Close
        })
    });
    let outcome = many.run(&create).fails(1);
    outcome.assert_says("whether a key was made could not be found out");
    outcome.assert_says("newest 200 active keys");
    outcome.assert_silent_about("no key was made");

    // A list that is full and reaches back shows that there is none, or which one it is.
    for made in [false, true] {
        let many = many_but(250, move |keys, request, _| {
            is_create(request).then(|| {
                if made {
                    let _ = keys.answer(request);
                }
                Reply::Close
            })
        });
        let outcome = many.run(&create).fails(1);
        outcome.assert_says(if made { "was revoked" } else { "no key was made" });
        assert_eq!(many.keys.active().len(), 251);
    }
}

#[test]
fn an_unfinished_rotation_is_not_forgotten_since_its_keys_are_not_listed() {
    // Killed while it asked for the new key to be tried out: nobody has that one.
    let many =
        many_but(3, |_, request, _| (request.path.starts_with("/v1/receipts/")).then_some(Reply::Silence));
    let rotate = ["rotate", &*many.oldest, "--quiet"];
    let running = Running::start(many.run(&rotate));
    many.api.wait_for(3);
    running.kill();
    let orphan = many.keys.newest();
    for _ in 0..200 {
        let _ = many.keys.add("since", 0);
    }
    let target = many.keys.newest();
    // This one is silent at its proof as well; the orphan is gone by then.
    let outcome = many.run(&["rotate", &target, "--timeout", "2s"]).fails(1);
    outcome.assert_says(&format!("its new key {orphan}, which nobody got, was revoked"));
    assert!(!many.keys.active().contains(&orphan));
}

#[test]
fn an_unfinished_rotation_whose_keys_may_both_work_is_told_of_once() {
    let many = many_but(3, |keys, request, _| {
        (request.path.ends_with("/disable") && keys.active().len() < 100).then_some(Reply::Silence)
    });
    let running = Running::start(many.run(&["rotate", &many.oldest, "--quiet"]));
    many.api.wait_for(4);
    running.kill();
    let new = many.keys.newest();
    for _ in 0..200 {
        let _ = many.keys.add("since", 0);
    }
    let target = many.keys.newest();
    let outcome = many.run(&["rotate", &target]).fails(1);
    outcome.assert_says("is not known");
    outcome.assert_says(&format!("leash api-key revoke {}", many.oldest));
    outcome.assert_says(&format!("leash api-key revoke {new}"));
    let _ = many.run(&["rotate", &target]).ok();
    assert!(!many.keys.active().contains(&target));
}
