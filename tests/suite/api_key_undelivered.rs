//! `leash api-key create` where the plaintext arrives nowhere: the key is revoked, or named.

use std::fs::File;

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Home, Keys, Outcome, Reply, Run};
use serde_json::json;

fn full(run: Run) -> Outcome {
    run.stdout(File::options().write(true).open("/dev/full").unwrap()).outcome_elsewhere()
}

fn unread(run: Run) -> Outcome {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run.stdout(writer).outcome_elsewhere()
}

#[test]
fn a_key_that_cannot_be_shown_is_revoked() {
    for deliver in [full, unread] {
        for option in ["--color=never", "--json", "--quiet"] {
            let keys = Keys::of(AGENT_1);
            let api = keys.serve();
            let home = Home::with_agent(&AGENT_1, &api.url);
            let outcome = deliver(home.leash(["api-key", "create", "--label", "x", option]));
            outcome.assert_failure(1);
            let id = keys.newest();
            outcome.assert_says(&format!("the new key {id} was revoked"));
            outcome.assert_says("--out FILE");
            outcome.assert_silent_about(&keys.plaintext(&id));
            let below = format!("/v1/agents/{}/api-keys", AGENT_1.mint);
            assert_eq!(api.calls(), [format!("POST {below}"), format!("POST {below}/{id}/disable")]);
            assert_eq!(keys.active(), Vec::<String>::new());
        }
    }
}

#[test]
fn where_that_fails_too_it_is_named() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve_but(|request, _| {
        let broken = Reply::Json(503, json!({ "error": "unavailable", "message": "down for maintenance" }));
        request.path.ends_with("/disable").then_some(broken)
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = full(home.leash(["api-key", "create", "--label", "x", "--timeout", "3s"]));
    outcome.assert_failure(1);
    let last = outcome.stderr.lines().filter(|line| !line.starts_with("note: "));
    assert_snapshot!(last.collect::<Vec<_>>().join("\n"), @"
    error: cannot write to stdout: No space left on device (os error 28); the new key 01M8TEST000000000000000001 could not be revoked
    hint: revoke it: `leash api-key revoke 01M8TEST000000000000000001`
    ");
    assert_eq!(keys.active(), [keys.newest()]);
}

#[test]
fn what_is_in_a_file_is_delivered_whatever_becomes_of_stdout() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    for (name, deliver) in [("full", full as fn(Run) -> Outcome), ("unread", unread)] {
        let outcome = deliver(home.leash(["api-key", "create", "--label", "x", "--out", name]));
        assert_eq!(outcome.status, 0, "{outcome:?}");
        assert_eq!(outcome.stderr.contains("its plaintext kept"), name == "full", "{outcome:?}");
        assert!(home.join(name).exists());
    }
    let _ = home.run("sh", ["-c", "exec leash api-key create --label x --out closed >&-"]).ok();
    assert!(home.join("closed").exists());
    assert_eq!(keys.active().len(), 3);
}
