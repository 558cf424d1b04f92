//! `leash api-key rotate`, killed at each step and started again: a key works that the user has, and none is
//! left that nobody has.

use leash_tests::{AGENT_1, Api, Home, Keys, Outcome, Reply, Request, Running};

/// Where it is killed: while it waits for this answer.
#[derive(Clone, Copy, PartialEq)]
enum At {
    List,
    Create,
    Proof,
    Revoke,
}

fn at(request: &Request) -> At {
    match (request.method.as_str(), request.path.rsplit('/').next()) {
        ("GET", _) if request.path.starts_with("/v1/receipts/") => At::Proof,
        ("GET", _) => At::List,
        (_, Some("disable")) => At::Revoke,
        _ => At::Create,
    }
}

struct Killed {
    keys: Keys,
    old: String,
    api: Api,
    home: Home,
}

/// Kills a rotation at a step that the API does (or not) before it falls silent.
fn killed(step: At, done: bool) -> Killed {
    let keys = Keys::of(AGENT_1);
    let old = keys.add("ci", 100);
    let calls = match step {
        At::List => 1,
        At::Create => 2,
        At::Proof => 3,
        At::Revoke => 4,
    };
    let state = keys.clone();
    let api = keys.serve_but(move |request, before| {
        (before + 1 == calls).then(|| {
            assert!(at(request) == step);
            if done {
                let _ = state.answer(request);
            }
            Reply::Silence
        })
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let running = Running::start(home.leash(["api-key", "rotate", "--quiet"]));
    api.wait_for(calls);
    running.kill();
    Killed { keys, old, api, home }
}

impl Killed {
    fn again(&self) -> Outcome {
        self.home.leash(["api-key", "rotate"]).ok()
    }

    /// That the newest key is the only one, and was shown.
    fn ends_well(&self, outcome: &Outcome) {
        assert_eq!(self.keys.active(), [self.keys.newest()], "{outcome:?} {:?}", self.api.calls());
        assert!(outcome.stdout.contains(&self.keys.plaintext(&self.keys.newest())), "{outcome:?}");
    }
}

#[test]
fn before_anything_was_made() {
    for killed in [killed(At::List, true), killed(At::Create, false)] {
        assert_eq!(killed.keys.active(), [killed.old.as_str()]);
        let outcome = killed.again();
        outcome.assert_silent_about("cut off");
        killed.ends_well(&outcome);
    }
}

#[test]
fn when_a_key_was_made_that_nobody_has() {
    for killed in [killed(At::Create, true), killed(At::Proof, true)] {
        let orphan = killed.keys.newest();
        assert_eq!(killed.keys.active(), [killed.old.clone(), orphan.clone()]);
        let outcome = killed.again();
        outcome.assert_says(&format!("its new key {orphan}, which nobody got, was revoked"));
        assert!(outcome.stdout.contains(&format!("replaces:     {}\n", killed.old)), "{outcome:?}");
        killed.ends_well(&outcome);
    }
}

#[test]
fn when_the_new_key_was_handed_over() {
    let killed = killed(At::Revoke, false);
    let new = killed.keys.newest();
    for _ in 0..2 {
        let outcome = killed.home.leash(["api-key", "rotate"]).fails(1);
        outcome.assert_says(&format!("if you have the new one, `leash api-key revoke {}`", killed.old));
        outcome.assert_says(&format!("if you don't, `leash api-key revoke {new}`"));
        assert_eq!(killed.keys.active(), [killed.old.clone(), new.clone()]);
    }
    let _ = killed.home.leash(["api-key", "revoke", &killed.old]).ok();
    let outcome = killed.again();
    assert!(outcome.stdout.contains(&format!("replaces:     {new}\n")), "{outcome:?}");
    killed.ends_well(&outcome);
}

#[test]
fn when_all_was_done() {
    let killed = killed(At::Revoke, true);
    let new = killed.keys.newest();
    assert_eq!(killed.keys.active(), [new.as_str()]);
    let outcome = killed.again();
    assert!(outcome.stdout.contains(&format!("replaces:     {new}\n")), "{outcome:?}");
    killed.ends_well(&outcome);
}

#[test]
fn a_key_that_was_made_later_is_left_alone() {
    let killed = killed(At::Create, false);
    // Long after the request was over, by hand.
    let later = killed.keys.add("ci", -300);
    let outcome = killed.home.leash(["api-key", "rotate", &killed.old]).ok();
    outcome.assert_silent_about("cut off");
    assert_eq!(killed.keys.active(), [later, killed.keys.newest()]);
}

#[test]
fn of_several_that_it_may_have_made_none_is_touched() {
    let killed = killed(At::Create, true);
    let (orphan, other) = (killed.keys.newest(), killed.keys.add("ci", 0));
    let outcome = killed.home.leash(["api-key", "rotate", &killed.old]).fails(1);
    outcome.assert_says("may have made one of 2 keys");
    outcome.assert_says(&format!("leash api-key revoke {other} {orphan}"));
    assert_eq!(killed.keys.active().len(), 3);
    let _ = killed.home.leash(["api-key", "revoke", &orphan]).ok();
    let _ = killed.home.leash(["api-key", "rotate", &killed.old]).ok();
    assert_eq!(killed.keys.active(), [other, killed.keys.newest()]);
}
