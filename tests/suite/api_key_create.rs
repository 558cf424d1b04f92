//! `leash api-key create`: what it prints, and what it refuses before it asks for anything.

use std::{fs, os::unix::fs::PermissionsExt as _};

use insta::assert_snapshot;
use leash_tests::{AGENT_1, Home, Keys, Reply};
use serde_json::json;

const CREATE: [&str; 4] = ["api-key", "create", "--label", "local runtime"];

fn set_up() -> (Keys, leash_tests::Api, Home) {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    (keys, api, home)
}

#[test]
fn the_plaintext_is_shown_once() {
    let (keys, api, home) = set_up();
    let outcome = home.leash(CREATE).ok();
    assert_snapshot!(outcome.stdout, @"
    agent API key created
      id:           01M8TEST000000000000000001
      label:        local runtime
      network:      solana-devnet
      owner_wallet: AV3nmEArrKwFqbDzRsE9h3eUdhQvDF7zhCnRzH7kco7
      agent_mint:   B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj
      scope:        agent
      plaintext:    lsh_test_00000000000007k001

    Store the plaintext now: it is shown only this once.
    ");
    assert_eq!(outcome.stderr, "");
    assert_eq!(api.calls(), [format!("POST /v1/agents/{}/api-keys", AGENT_1.mint)]);
    assert_eq!(keys.active().len(), 1);
}

#[test]
fn quiet_prints_it_alone() {
    let (keys, _api, home) = set_up();
    for option in ["--quiet", "-q"] {
        let outcome = home.leash(CREATE.iter().chain(&[option])).ok();
        assert_eq!(outcome.stdout, format!("{}\n", keys.plaintext(&keys.newest())));
        assert_eq!(outcome.stderr, "");
    }
    let export =
        "export LEASH_API_KEY=\"$(leash api-key create --label x --quiet)\"; echo \"$LEASH_API_KEY\"";
    assert_eq!(home.run("sh", ["-c", export]).ok().stdout, format!("{}\n", keys.plaintext(&keys.newest())));
}

#[test]
fn json_is_one_document() {
    let (keys, _api, home) = set_up();
    let document = home.leash(CREATE.iter().chain(&["--json", "--quiet"])).ok().json();
    assert_eq!(document["kind"], "agent_api_key");
    assert_eq!(document["status"], "ok");
    assert_eq!(document["key"]["label"], "local runtime");
    assert_eq!(document["plaintext"], keys.plaintext(&keys.newest()));
    assert!(document["warning"].as_str().unwrap().starts_with("Plaintext is returned only once."));
}

#[test]
fn a_file_holds_it_and_nothing_else_does() {
    let (keys, _api, home) = set_up();
    for (name, options) in [("text", &[][..]), ("json", &["--json"]), ("quiet", &["--quiet"])] {
        let outcome = home.leash(CREATE.iter().chain(&["--out", name]).chain(options)).ok();
        let plaintext = keys.plaintext(&keys.newest());
        assert_eq!(fs::read_to_string(home.join(name)).unwrap(), format!("{plaintext}\n"));
        assert_eq!(fs::metadata(home.join(name)).unwrap().permissions().mode() & 0o7777, 0o600);
        outcome.assert_silent_about(&plaintext);
        match name {
            "text" => assert!(outcome.stdout.contains("\n  plaintext:    in text\n"), "{outcome:?}"),
            "json" => assert_eq!(outcome.json()["plaintext_in"], "json"),
            _ => assert_eq!(outcome.stdout, ""),
        }
    }
}

#[test]
fn it_can_stay_with_the_agent() {
    let (keys, _api, home) = set_up();
    let outcome = home.leash(CREATE.iter().chain(&["--save"])).ok();
    let plaintext = keys.plaintext(&keys.newest());
    outcome.assert_silent_about(&plaintext);
    assert!(outcome.stdout.contains("plaintext:    in "), "{outcome:?}");
    let mut expected = AGENT_1.file(home.read_json(".config/leash/agent.json")["api_url"].as_str().unwrap());
    expected["api_key"] = json!(plaintext);
    assert_eq!(home.read_json(".config/leash/agent.json"), expected);
    let mode = fs::metadata(home.join(".config/leash/agent.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(home.leash(["agent", "show", "--json"]).ok().json()["api_key"], "set");

    let again =
        home.leash(CREATE.iter().chain(&["--save"])).env("LEASH_API_KEY", "lsh_test_of_the_environment").ok();
    again.assert_says("LEASH_API_KEY is set and beats it");
    // Nobody has the first one's plaintext any more.
    let shown = format!("the key lsh_test_…{}, which was", &plaintext[plaintext.len() - 4..]);
    again.assert_says(&shown);
    again.assert_silent_about(&plaintext);
    assert_eq!(keys.active().len(), 2);
}

#[test]
fn an_agent_of_the_environment_has_no_file_to_save_to() {
    let (keys, api, _) = set_up();
    let home = Home::new();
    let run = home
        .leash(CREATE.iter().chain(&["--save"]))
        .env("LEASH_AGENT_MINT", AGENT_1.mint)
        .env("LEASH_EXECUTIVE_KEY", AGENT_1.key)
        .env("LEASH_NETWORK", "devnet")
        .env("LEASH_API_URL", &api.url);
    run.fails(2).assert_says("--out FILE");
    assert!(api.calls().is_empty() && keys.active().is_empty());
}

#[test]
fn nothing_is_asked_for_what_cannot_be_delivered() {
    let (_keys, api, home) = set_up();
    home.write_private("there", "precious");
    for (out, says) in
        [("there", "File exists"), ("no/such/directory", "No such file"), ("/proc/x", "`/proc/x`")]
    {
        let outcome = home.leash(CREATE.iter().chain(&["--out", out, "--json"])).fails(1);
        outcome.assert_says(says);
        outcome.assert_says("no key was created");
        assert_eq!(outcome.json()["kind"], "agent_api_key");
    }
    home.leash(CREATE.iter().chain(&["--out", "-"])).fails(2).assert_says("`--out -` names no file");
    assert_eq!(fs::read_to_string(home.join("there")).unwrap(), "precious");
    for options in ["", "--json", "--quiet"] {
        let script = format!("exec leash api-key create --label x {options} >&-");
        let outcome = home.run("sh", ["-c", &script]).fails(1);
        outcome.assert_says("stdout is closed");
        outcome.assert_says("no key was created");
    }
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[test]
fn a_file_for_a_key_that_never_came_goes_again() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve_but(|_, _| {
        Some(Reply::Json(422, json!({ "error": "invalid_request", "message": "the label is taken" })))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let run = || home.leash(CREATE.iter().chain(&["--out", "key"]));
    run().fails(1).assert_says("the label is taken");
    assert!(!home.join("key").exists());
    assert_eq!(api.calls().len(), 1, "{:?}", api.calls());
    run().env("LEASH_API_URL", "nonsense").fails(4).assert_says("the API's URL is not usable");
    assert!(!home.join("key").exists());
    run().env("LEASH_API_URL", "http://api.example").fails(1).assert_says("plain http");
    assert!(!home.join("key").exists());
}

#[test]
fn a_command_line_that_makes_no_sense_asks_for_nothing() {
    let (_keys, api, home) = set_up();
    let long = "L".repeat(121);
    let pairs = "😀".repeat(61);
    for arguments in [
        &["create"][..],
        &["create", "--label"],
        &["create", "--label", ""],
        &["create", "--label", " \t "],
        &["create", "--label", "a\u{1b}[31m"],
        &["create", "--label", &long],
        &["create", "--label", &pairs],
        &["create", "--label", "--json"],
        &["create", "--label", "x", "--colour", "red"],
        &["create", "--label", "x", "--network", "testnet"],
        &["create", "--label", "x", "--network", "mainnet"],
        &["create", "--label", "x", "--timeout", "soon"],
        &["create", "--label", "x", "--out", "f", "--save"],
        &["create", "x"],
        &["mint"],
        &[],
    ] {
        let outcome = home.leash(["api-key"].iter().chain(arguments)).fails(2);
        outcome.assert_silent_about("\u{1b}");
        let outcome = home.leash(["api-key", "--json"].iter().chain(arguments)).fails(2);
        assert_eq!(outcome.json()["code"], "usage", "{outcome:?}");
    }
    assert!(!home.join("f").exists());
    assert_eq!(api.calls(), Vec::<String>::new());
}

#[test]
fn the_original_spellings_work() {
    let (keys, _api, home) = set_up();
    for arguments in [
        &["api-keys", "create", "-l", "x"][..],
        &["api-key", "create", "--label=x", "--network", "devnet"],
        &["api-key", "create", "--network", "solana-devnet", "--label", "x"],
        &["--json", "api-key", "create", "--label", "x"],
    ] {
        let _ = home.leash(arguments).ok();
    }
    assert_eq!(keys.active().len(), 4);
}

#[test]
fn without_an_agent_the_ways_to_get_one_are_named() {
    let home = Home::new();
    let outcome = home.leash(CREATE.iter().chain(&["--json"])).fails(4);
    assert_eq!(outcome.json()["code"], "no_agent");
    for way in ["leash sandbox up", "leash agent import", "LEASH_AGENT_MINT"] {
        outcome.assert_says(way);
    }
}

#[test]
fn a_refused_signature_is_a_matter_of_identity() {
    let keys = Keys::of(AGENT_1);
    let api = keys.serve_but(|_, _| {
        Some(Reply::Json(401, json!({ "error": "unauthorized", "message": "agent not registered" })))
    });
    let home = Home::with_agent(&AGENT_1, &api.url);
    let outcome = home.leash(CREATE).fails(4);
    assert_snapshot!(outcome.stderr, @"
    error: the API answered 401: agent not registered
    hint: check that the agent is on this API's network, and its key is the right one
    ");
    assert_eq!(api.calls().len(), 1);
}
