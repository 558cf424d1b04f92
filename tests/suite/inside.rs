//! leash inside a plugin: what the grant allows and nothing else, by whichever command.

use leash_tests::{AGENT_1, AGENT_2, Api, Keys, Reply};
use serde_json::json;

use crate::world::{AGAIN, KEYS, READ_KEYS, World};

const LABEL: &str = "made inside";
const ALL_KEYS: &str = r#"[sign]
scopes = [
  { methods = ["GET", "POST"], path = "/v1/agents/{mint}/api-keys" },
  { methods = ["POST"], path = "/v1/agents/{mint}/api-keys/*/disable" },
]
"#;

fn world(keys: &Keys, manifest: &str) -> World {
    let world = World::on(keys.serve());
    world.plugin("again", AGAIN, manifest);
    world.trust("again");
    world
}

#[test]
fn api_keys_are_managed_through_the_signer() {
    let keys = Keys::of(AGENT_1);
    let world = world(&keys, ALL_KEYS);
    let made = world.leash(["again", "api-key", "create", "--label", LABEL, "--json"]).ok().json();
    let id = made["id"].as_str().or_else(|| made["key"]["id"].as_str()).unwrap().to_owned();
    let listed = world.leash(["again", "api-key", "list", "--json"]).ok().json();
    assert_eq!((&listed["count"], &listed["items"][0]["label"]), (&json!(1), &json!(LABEL)));
    let rotated = world.leash(["again", "api-key", "rotate", "--label", LABEL, "--out", "new-key"]).outcome();
    assert_eq!(rotated.status, 0, "{rotated:?}");
    assert!(!keys.active().contains(&id) && keys.active().len() == 1);
    let _ = world.leash(["again", "api-key", "revoke", &keys.active()[0], "--yes"]).ok();
    assert!(keys.active().is_empty());
    assert!(world.decisions().iter().all(|decision| decision == "signed"));
    // No file of the agent's is touched.
    let _ = world.leash(["again", "api-key", "create", "--label", LABEL, "--save"]).fails(125);
    assert!(keys.active().is_empty());
}

#[test]
fn nothing_is_paid_inside_a_plugin() {
    let keys = Keys::of(AGENT_1);
    let world = world(&keys, ALL_KEYS);
    for words in [
        &["again", "pay", "http://127.0.0.1:9/x"][..],
        &["again", "pay", "http://127.0.0.1:9/x", "--dry-run"],
    ] {
        let _ = world.leash(words.iter().copied()).fails(125);
    }
}

#[test]
fn what_was_not_granted_is_refused_with_the_way_to_it() {
    let keys = Keys::of(AGENT_1);
    let id = keys.add("old", 10);
    let world = world(&keys, READ_KEYS);
    let _ = world.leash(["again", "api-key", "list"]).ok();
    let create = world.leash(["again", "api-key", "create", "--label", LABEL, "--json"]).fails(125);
    create.assert_says("leash plugin trust again --allow 'POST /v1/agents/{mint}/api-keys'");
    let revoke = world.leash(["again", "api-key", "revoke", &id, "--yes"]).fails(125);
    revoke.assert_says(&format!(
        "leash plugin trust again --allow 'POST /v1/agents/{{mint}}/api-keys/{id}/disable'"
    ));
    assert_eq!(keys.active(), [id]);
    assert_eq!(world.decisions(), ["signed", "denied_scope", "denied_scope"]);
}

#[test]
fn the_api_key_is_there_only_where_it_was_granted() {
    let link = |mint: &str| {
        json!({ "id": "l", "network": "solana-devnet", "protocol": "x402", "label": "Quote", "owner_agent": mint,
            "price": "0.01 USDC", "currency": "USDC", "method": "GET", "share_url": "http://127.0.0.1/x/l",
            "created_at": "2026-01-01T00:00:00.000Z" })
    };
    let world = World::on(Api::start(move |_, _| Reply::Json(201, link(AGENT_1.mint))));
    let script =
        "#!/bin/sh\n[ \"$1\" = env ] && { echo \"$LEASH_API_KEY\"; exit; }\nexec \"$LEASH_BIN\" \"$@\"\n";
    world.plugin("again", script, &format!("{READ_KEYS}[run]\napi_key = true\n"));
    let key = "lsh_test_0123456789abcdefgh";
    let leash = |words: &[&str]| world.leash(words.iter().copied()).env("LEASH_API_KEY", key);
    let sell = ["again", "sell", "create-link", "--label", "Quote", "--amount", "0.01"];
    let asked = world.leash(["plugin", "trust", "again", "--yes"]).ok();
    asked.assert_says("asks for it, and doesn't get it without `--api-key`");
    assert_eq!(leash(&["again", "env"]).ok().stdout, "\n");
    leash(&sell).fails(125).assert_says("leash plugin trust again --api-key");
    leash(&["again", "api", "GET", "/v1/x", "--bearer"])
        .fails(125)
        .assert_says("was not granted the API key");
    assert!(world.api.calls().is_empty());
    let granted = world.leash(["plugin", "trust", "again", "--yes", "--api-key", "--json"]).ok().json();
    assert_eq!(
        (&granted["grant"]["api_key"], &granted["changes"][0]["what"]),
        (&json!(true), &json!("api key"))
    );
    assert_eq!(leash(&["again", "env"]).ok().stdout, format!("{key}\n"));
    let _ = leash(&sell).ok();
    let requests = world.api.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("authorization"), Some(format!("Bearer {key}").as_str()));
    assert_eq!(requests[0].header("x-leash-sig"), None);
    // Not one of the other network, and not for a plugin inside it.
    let other = "lsh_live_0123456789abcdefgh";
    world.leash(sell).env("LEASH_API_KEY", other).fails(4).assert_says("nothing was sent");
    assert_eq!(leash(&["again", "again", "env"]).ok().stdout, "\n");
    // Who doesn't ask doesn't get it.
    world.plugin("quiet", script, READ_KEYS);
    let quiet = world.leash(["plugin", "trust", "quiet", "--yes", "--api-key"]).ok();
    quiet.assert_says("doesn't ask for the API key");
    assert_eq!(leash(&["quiet", "env"]).ok().stdout, "\n");
}

#[test]
fn identity_and_trust_are_out_of_reach() {
    let keys = Keys::of(AGENT_1);
    let world = world(&keys, ALL_KEYS);
    let file = world.home.write_private("other.json", &AGENT_2.file(&world.api.url).to_string());
    let before = world.home.read(".config/leash/agent.json");
    let grant = world.home.join(".local/share/leash");
    let of_grant =
        || world.leash(["plugin", "which", "again", "--json"]).ok().json()["items"][0]["grant"].clone();
    let granted = of_grant();
    for words in [
        &["agent", "import", file.to_str().unwrap(), "--name", "other"][..],
        &["agent", "export", "--out", "stolen"],
        // However it was typed.
        &["agent", "export"],
        &["agent", "import", "--bogus"],
        &["plugin", "trust"],
        &["key", "change", "bogus"],
        &["agent", "remove", "default", "--yes"],
        &["agent", "use", "default"],
        &["agent", "create", "another", "--network", "devnet"],
        &["agent", "fund"],
        &["pay", "http://127.0.0.1:9/x", "--yes"],
        &["plugin", "trust", "again", "--yes", "--all-agents"],
        &["plugin", "untrust", "again"],
        &["plugin", "install", "."],
        &["plugin", "update", "--all"],
        &["plugin", "remove", "again", "--yes"],
        &["policy", "set", "--file", "other.json"],
        &["treasury", "balance"],
        &["treasury", "limit"],
        &["treasury", "set-limit", "1", "--yes"],
        &["treasury", "withdraw", "--to", AGENT_2.mint, "--amount", "1", "--yes"],
        &["key", "status"],
        &["key", "protect"],
        &["key", "unprotect"],
        &["key", "unlock", "--for", "1m"],
        &["key", "lock"],
        &["audit", "show"],
        &["audit", "verify"],
        &["--json", "audit", "verify"],
        &["--agent", "default", "api", "GET", KEYS],
        &["api", "--agent", "default", "GET", KEYS],
    ] {
        let outcome = world.leash(std::iter::once("again").chain(words.iter().copied())).outcome();
        assert_eq!(outcome.status, 125, "{words:?}: {outcome:?}");
    }
    let named = "#!/bin/sh\nLEASH_AGENT=default exec \"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys'\n";
    world.plugin("named", named, READ_KEYS);
    world.trust("named");
    let _ = world.leash(["named"]).fails(125);
    assert!(world.api.calls().is_empty() && !world.home.join("stolen").exists() && grant.exists());
    assert_eq!((world.home.read(".config/leash/agent.json"), of_grant()), (before, granted));
    // What only looks is allowed.
    for words in [
        &["again", "agent", "show"][..],
        &["again", "agent", "list"],
        &["again", "plugin", "list"],
        &["again", "--list"],
    ] {
        let _ = world.leash(words.iter().copied()).ok();
    }
}

#[test]
fn a_key_of_ones_own_is_no_way_out() {
    // Neither a variable that the plugin sets, nor a signer that isn't this run's.
    let keys = Keys::of(AGENT_1);
    let world = World::on(keys.serve());
    let key = AGENT_2.key;
    for (number, tweak) in [
        format!("LEASH_EXECUTIVE_KEY={key} LEASH_AGENT_MINT={}", AGENT_2.mint),
        "LEASH_INVOCATION=00000000000000000000000000000000".to_owned(),
        "LEASH_SIGNER=fd:0".to_owned(),
        "LEASH_SIGNER=unix:/nowhere".to_owned(),
        "LEASH_CONTEXT={} LEASH_CONTEXT_FD=99".to_owned(),
        "-u LEASH_SIGNER".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("tweak-{number}");
        let script =
            format!("#!/bin/sh\nexec env {tweak} \"$LEASH_BIN\" api GET '/v1/agents/{{mint}}/api-keys'\n");
        world.plugin(&name, script, READ_KEYS);
        world.trust(&name);
        let outcome = world.leash([name.as_str()]).outcome();
        // The first changes nothing: the signer signs as the agent that was granted.
        assert_eq!(outcome.status, if number == 0 { 0 } else { 125 }, "{tweak}: {outcome:?}");
    }
    world.assert_all_signed();
    assert_eq!(world.api.calls().len(), 1);
}

#[test]
fn two_at_once_take_turns() {
    let world = World::on(Keys::of(AGENT_1).serve());
    let script = "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do (\"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys' > /dev/null; \
                  echo $? >> \"$OUT/statuses\") & done\nwait\n";
    world.plugin("many", script, &READ_KEYS.replace("[sign]\n", "[sign]\nmax_signatures = 5\n"));
    world.trust("many");
    let _ = world.leash(["many"]).ok();
    let statuses = world.home.read("out/statuses");
    let count = |status: &str| statuses.lines().filter(|line| *line == status).count();
    assert_eq!((count("0"), count("125")), (5, 3), "{statuses}");
    assert_eq!(world.api.calls().len(), 5);
    world.assert_all_signed();
}

#[test]
fn a_plugin_inside_a_plugin_has_no_signer() {
    let world = world(&Keys::of(AGENT_1), READ_KEYS);
    // Trusted like the outer one, and yet it isn't the user who calls it.
    let show = "#!/bin/sh\necho \"$LEASH_DEPTH [$LEASH_SIGNER]\"\n\"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys'\n";
    world.plugin("inner", show, READ_KEYS);
    world.trust("inner");
    let outcome = world.leash(["again", "inner"]).outcome();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (125, "2 []\n"), "{outcome:?}");
    outcome.assert_says("plugin `inner` has no grant");
    assert!(world.leash(["inner"]).ok().stdout.starts_with("1 [fd:"));
    assert_eq!(world.api.calls().len(), 1);
    // Five deep, and no deeper.
    let deep = |depth: usize| world.leash(std::iter::repeat_n("again", depth).chain(["--version"])).outcome();
    assert_eq!(deep(5).status, 0);
    assert_eq!(deep(6).status, 125);
}
