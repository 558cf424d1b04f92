//! What the user says beyond yes: fewer requests, fewer signatures, for a while, or asked each time.

use leash_tests::{Running, Terminal};
use serde_json::json;

use crate::world::{AGAIN, KEYS, World};

const MANIFEST: &str = r#"[sign]
max_signatures = 50
scopes = [
  { methods = ["GET", "POST"], path = "/v1/agents/{mint}/api-keys", reason = "count \u001b[31mthem" },
  { methods = ["GET"], path = "/v1/receipts/{mint}" },
]
"#;

fn world() -> World {
    let world = World::new();
    world.plugin("again", AGAIN, MANIFEST);
    world
}

#[test]
fn less_than_was_asked_for_can_be_granted() {
    let world = world();
    let receipts = "/v1/receipts/{mint}";
    let trusted =
        world.leash(["plugin", "trust", "again", "--yes", "--without", "POST /v1/agents/{mint}/api-keys"]);
    let trusted = trusted.ok();
    trusted.assert_says("may sign     GET /v1/agents/{mint}/api-keys");
    trusted.assert_says("may not      POST /v1/agents/{mint}/api-keys, though it asks to");
    let status = |words: [&str; 4]| world.leash(words).outcome().status;
    assert_eq!(status(["again", "api", "GET", KEYS]), 0);
    assert_eq!(status(["again", "api", "POST", KEYS]), 125);
    assert_eq!(status(["again", "api", "GET", receipts]), 0);
    let only = ["plugin", "trust", "again", "--yes", "--json", "--only", "GET /v1/receipts/{mint}"];
    let renewed = world.leash(only).ok().json();
    assert_eq!(renewed["grant"]["scopes"].as_array().unwrap().len(), 1);
    assert_eq!(
        renewed["changes"],
        json!([{ "what": "scope", "old": "GET /v1/agents/{mint}/api-keys", "new": null }])
    );
    assert_eq!(status(["again", "api", "GET", KEYS]), 125);
    assert_eq!(status(["again", "api", "GET", receipts]), 0);
    // A slip grants nothing.
    for (option, slip) in [
        ("--only", "GET /v1/*"),
        ("--without", "DELETE /v1/receipts/{mint}"),
        ("--only", "nonsense"),
        ("--allow", "/v1"),
    ] {
        let _ = world.leash(["plugin", "trust", "again", "--yes", option, slip]).fails(2);
    }
    // Nothing at all is a grant, too, and has no signer.
    let without =
        ["--without", "GET,POST /v1/agents/{mint}/api-keys", "--without", "GET /v1/receipts/{mint}"];
    let _ = world.leash(["plugin", "trust", "again", "--yes"].into_iter().chain(without)).ok();
    assert_eq!(status(["again", "api", "GET", receipts]), 125);
    assert_eq!(world.api.calls().len(), 3);
}

#[test]
fn signatures_are_bounded_in_a_run_and_in_a_day() {
    let world = World::new();
    let script = "#!/bin/sh\nfor i in 1 2 3; do \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys' > /dev/null 2>&1; printf %s $?; done\n";
    world.plugin("thrice", script, MANIFEST);
    let _ = world.leash(["plugin", "trust", "thrice", "--yes", "--max-signatures", "2"]).ok();
    assert_eq!(world.leash(["thrice"]).ok().stdout, "00125");
    // Ten runs at once with three each, and seven a day: exactly seven.
    let trusted = world.leash(["plugin", "trust", "thrice", "--yes", "--max-per-day", "7"]).ok();
    trusted.assert_says("50 signatures in one run, 7 in one day");
    let runs: Vec<_> = (0..10).map(|_| Running::start(world.leash(["thrice"]))).collect();
    let said: String = runs.into_iter().map(|run| run.end().stdout).collect();
    assert_eq!(said.replace("125", "").len(), 7, "{said}");
    // Ten signers wrote one log, and it holds together.
    let decisions = world.decisions();
    let count = |what: &str| decisions.iter().filter(|decision| *decision == what).count();
    assert_eq!((count("signed"), count("quota")), (2 + 7, 1 + 23));
    let listed = world.leash(["plugin", "which", "thrice", "--json"]).ok().json()["items"][0].clone();
    assert_eq!((&listed["signed_today"], &listed["grant"]["max_per_day"]), (&json!(7), &json!(7)));
    // Trusting anew doesn't begin the day anew.
    let _ = world.leash(["plugin", "trust", "thrice", "--yes", "--max-per-day", "8"]).ok();
    assert_eq!(world.leash(["thrice"]).ok().stdout, "0125125");
}

#[test]
fn a_grant_runs_out() {
    let world = world();
    let trust = |until: &str| world.leash(["plugin", "trust", "again", "--yes", "--expires", until]);
    for bad in ["yesterday", "-1d", "2001-01-01", "0s", ""] {
        let _ = trust(bad).fails(2);
    }
    let trusted = trust("30d").ok();
    trusted.assert_says("until        20");
    let _ = world.leash(["again", "api", "GET", KEYS]).ok();
    let shown = world.leash(["plugin", "list", "--json"]).ok().json();
    let item =
        shown["items"].as_array().unwrap().iter().find(|item| item["name"] == "again").unwrap().clone();
    let end: jiff::Timestamp = item["grant"]["expires_at"].as_str().unwrap().parse().unwrap();
    let days = (end.as_second() - jiff::Timestamp::now().as_second() + 43_200) / 86_400;
    assert_eq!((days, &item["trust"]), (30, &json!("trusted")));
    // Over during the run: the plugin waits for that moment, and asks again.
    let script = "#!/bin/sh\nsign() { \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys' --json; echo \"status $?\"; }\nsign\n\
                  while [ \"$(date +%s)\" -lt \"$1\" ]; do :; done\nsign\n";
    world.plugin("late", script, MANIFEST);
    let end = jiff::Timestamp::now().as_second() + 4;
    let until = jiff::Timestamp::from_second(end).unwrap().to_string();
    let _ = world.leash(["plugin", "trust", "late", "--yes", "--expires", &until]).ok();
    let outcome = world.leash(["late", &end.to_string()]).ok();
    let statuses: Vec<_> = outcome.stdout.lines().filter(|line| line.starts_with("status ")).collect();
    assert_eq!(statuses, ["status 0", "status 125"], "{outcome:?}");
    assert!(outcome.stdout.contains("signer_expired"), "{outcome:?}");
    outcome.assert_says("leash plugin trust late");
    // And before the next: it runs, and says why nothing is signed.
    let outcome = world.leash(["late", "0"]).outcome();
    outcome.assert_says("which was trusted until");
    assert!(outcome.stdout.ends_with("status 125\n"), "{outcome:?}");
    assert_eq!(
        world.leash(["plugin", "which", "late", "--json"]).ok().json()["items"][0]["trust"],
        "expired"
    );
}

#[test]
fn the_question_wants_a_yes() {
    for (answer, status) in [("y\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1), ("\x03", 130)] {
        let world = world();
        let mut terminal = Terminal::shell(&world.home);
        terminal.wait_for("at-1$ ");
        terminal.type_in("leash plugin trust again --expires 1h --max-per-day 9 --consent first\n");
        terminal.wait_for("[y/N]");
        terminal.type_in(answer);
        terminal.wait_for("at-2$ ");
        terminal.type_in("echo status-$?-\n");
        terminal.wait_for(&format!("status-{status}-"));
        terminal.wait_for("at-3$ ");
        terminal.type_in("exit 0\n");
        let (_, screen) = terminal.end();
        for shown in [
            "50 signatures in one run, 9 in one day",
            "once, before its first run",
            "until        20",
            "(lasting: ",
            "count \\u{1b}[31mthem",
        ] {
            assert!(screen.contains(shown), "{shown}: {screen}");
        }
        assert!(!screen.contains("\u{1b}[31mthem"), "{screen}");
        let which = world.leash(["plugin", "which", "again", "--json"]).ok().json()["items"][0].clone();
        assert_eq!(which["grant"].is_null(), status != 0, "{answer:?}");
        assert_eq!(which["trust"], if status == 0 { "trusted" } else { "not trusted" });
    }
}

#[test]
fn trusting_anew_shows_what_is_different() {
    let world = world();
    world.trust("again");
    world.plugin("again", AGAIN, &MANIFEST.replace("\"GET\", \"POST\"", "\"GET\", \"POST\", \"DELETE\""));
    let mut terminal = Terminal::shell(&world.home);
    terminal.wait_for("at-1$ ");
    terminal.type_in("leash plugin trust again --max-signatures 3\n");
    terminal.wait_for("[y/N]");
    terminal.type_in("n\n");
    terminal.wait_for("at-2$ ");
    terminal.type_in("exit 0\n");
    let (_, screen) = terminal.end();
    for shown in [
        "changed since it was trusted",
        "nothing -> GET,POST,DELETE /v1/agents/{mint}/api-keys",
        "signatures  50 -> 3",
    ] {
        assert!(screen.contains(shown), "{shown}: {screen}");
    }
    // The old grant is there still, and no longer fits.
    let _ = world.leash(["again", "api", "GET", KEYS]).fails(125);
    assert_eq!(
        world.leash(["plugin", "which", "again", "--json"]).ok().json()["items"][0]["trust"],
        "changed"
    );
}

#[test]
fn whoever_opens_a_cage_is_told() {
    let world = world();
    let shut_in = "isn't shut in any more either";
    let strict = ["plugin", "trust", "again", "--yes", "--sandbox", "strict"];
    let anew = ["plugin", "trust", "again", "--yes"];
    let _ = world.leash(strict).ok();
    world.leash(anew).ok().assert_says("was shut in until now");
    assert!(!world.leash(anew).ok().stderr.contains("until now"));
    let _ = world.leash(strict).ok();
    world.leash(["plugin", "untrust", "again"]).ok().assert_says(shut_in);
    world.trust("again");
    assert!(!world.leash(["plugin", "untrust", "again"]).ok().stderr.contains(shut_in));
}
