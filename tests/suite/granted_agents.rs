//! For whom a plugin is signed: the agent that was granted, wherever it is configured, and no other.

use leash_tests::{AGENT_1, AGENT_2, Agent, Api, Home, Reply, Request};
use serde_json::json;

use crate::world::{AGAIN, KEYS, READ_KEYS, World};

fn is_signed_by(agent: &Agent, request: &Request) -> bool {
    request.is_signed_by(agent.mint, agent.executive)
}

fn world() -> World {
    let world = World::new();
    let spare = AGENT_2.file(&world.api.url).to_string();
    let _ = world.home.write_private(".config/leash/agents/spare.json", &spare);
    world.plugin("again", AGAIN, READ_KEYS);
    world
}

#[test]
fn another_agent_was_not_granted() {
    let world = world();
    world.trust("again");
    let _ = world.leash(["again", "api", "GET", KEYS]).ok();
    let outcome = world.leash(["--agent", "spare", "again", "api", "GET", KEYS]).outcome();
    assert_eq!(outcome.status, 125, "{outcome:?}");
    outcome.assert_says("nothing is signed for `again`, which has changed since it was trusted (agent)");
    let outcome = world.leash(["again", "api", "GET", KEYS]).env("LEASH_AGENT", "spare").outcome();
    assert_eq!(outcome.status, 125, "{outcome:?}");
    assert_eq!(world.api.calls().len(), 1);
    let _ = world.leash(["plugin", "trust", "again", "--yes", "--all-agents"]).ok();
    let _ = world.leash(["--agent", "spare", "again", "api", "GET", KEYS]).ok();
    let requests = world.api.requests();
    assert!(is_signed_by(&AGENT_1, &requests[0]) && is_signed_by(&AGENT_2, &requests[1]));
    assert!(requests[1].path.contains(AGENT_2.mint), "{requests:?}");
    // Each has a log of its own.
    assert_eq!(world.decisions(), ["signed"]);
    let spare = world.leash(["--agent", "spare", "audit", "show", "--json"]).ok().json();
    assert_eq!(spare["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_agent_of_the_environment_stays_with_the_host() {
    let api = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
    let mut world = World::on(api);
    world.home = Home::new();
    std::fs::create_dir(world.home.join("out")).unwrap();
    let script = "#!/bin/sh\nenv > \"$OUT/env\"\nexec \"$LEASH_BIN\" \"$@\"\n";
    world.plugin("again", script, READ_KEYS);
    let leash = |words: &[&str]| {
        let run = world.leash(words.iter().copied()).env("LEASH_AGENT_MINT", AGENT_2.mint);
        let run = run.env("LEASH_EXECUTIVE_KEY", AGENT_2.key).env("LEASH_NETWORK", "devnet");
        run.env("LEASH_API_URL", &world.api.url)
    };
    let _ = leash(&["plugin", "trust", "again", "--yes"]).ok();
    let _ = leash(&["again", "api", "GET", KEYS]).ok();
    assert!(is_signed_by(&AGENT_2, &world.api.requests()[0]));
    assert!(!world.home.read("out/env").contains(AGENT_2.key));
    // Another network is another agent.
    let mainnet = leash(&["again", "api", "GET", KEYS]).env("LEASH_NETWORK", "mainnet").outcome();
    assert_eq!(mainnet.status, 125, "{mainnet:?}");
    assert_eq!(world.api.calls().len(), 1);
}

#[test]
fn the_path_of_the_api_is_signed_with_the_rest() {
    let world = world();
    let file = AGENT_1.file(&format!("{}/behind/proxy/", world.api.url)).to_string();
    let _ = world.home.write_private(".config/leash/agent.json", &file);
    let _ = world.leash(["plugin", "trust", "again", "--yes"]).ok();
    let _ = world.leash(["again", "api", "GET", "/v1/agents/{mint}/api-keys?limit=5"]).ok();
    let requests = world.api.requests();
    assert_eq!(requests[0].path, format!("/behind/proxy/v1/agents/{}/api-keys?limit=5", AGENT_1.mint));
    assert!(is_signed_by(&AGENT_1, &requests[0]));
}

#[test]
fn few_free_descriptors_are_enough() {
    let world = world();
    world.plugin("count", "#!/bin/sh\necho \"$LEASH_SIGNER $LEASH_CONTEXT_FD\"\nexec \"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys'\n", READ_KEYS);
    world.trust("count");
    let mut taken = String::new();
    let bytes = std::fs::read("/bin/true").unwrap();
    world.plugin("program", bytes, READ_KEYS);
    world.trust("program");
    for number in 3..=7 {
        taken.push_str(&format!(" {number}</dev/null"));
        let outcome = world.shell(&format!("leash count {taken}")).ok();
        assert!(outcome.stdout.ends_with("{\"items\":[]}"), "{outcome:?}");
        let _ = world.shell(&format!("leash program {taken}")).ok();
    }
    // With one, it is the signer's; with none, nothing runs.
    let outcome = world.shell(&format!("leash count {taken} 8</dev/null")).ok();
    assert_eq!(outcome.stdout, "fd:9 \n{\"items\":[]}");
    let _ = world.shell(&format!("leash program {taken} 8</dev/null")).ok();
    let outcome = world.shell(&format!("leash count {taken} 8</dev/null 9</dev/null")).fails(125);
    outcome.assert_says("no descriptor below 10 is free for the signer");
    assert_eq!(outcome.stdout, "");
    // What fits into no variable has no other way.
    let reason = "x".repeat(40_000);
    world.plugin("large", "#!/bin/sh\n", &READ_KEYS.replace(" }]", &format!(", reason = \"{reason}\" }}]")));
    world.trust("large");
    let outcome = world.shell(&format!("leash large {taken} 8</dev/null")).fails(125);
    outcome.assert_says("no descriptor below 10 is free for the context");
    let _ = world.shell(&format!("leash large {taken}")).ok();
}
