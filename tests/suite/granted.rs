//! Plugins with a manifest: what is signed for them, what isn't, and that the key is nowhere near them.

mod installed;

use std::fs;

use leash_tests::{AGENT_1, AGENT_2};
use serde_json::json;

use crate::world::{KEYS, World, is_signed};

const MANIFEST: &str = r#"
schema = 1
protocol = [1]
name = "keys"
version = "1.2.0"
summary = "Counts \u001b[31mkeys"
[run]
env = ["OUT", "KEEP"]
[sign]
max_signatures = 2
scopes = [
  { methods = ["GET"], path = "/v1/agents/{mint}/api-keys", reason = "count them" },
  { methods = ["POST"], path = "/v1/agents/{mint}/api-keys" },
]
"#;

/// Asks the API for what its arguments name, through leash and so through its own signer.
const NESTED: &str = "#!/bin/sh\nexec \"$LEASH_BIN\" api \"$@\"\n";

fn with_manifest(script: &str, manifest: &str) -> World {
    let world = World::new();
    let _ = world.home.write_script("bin/leash-keys", script);
    world.home.write_private("bin/leash-keys.toml", manifest);
    world
}

fn untrusted(script: &str) -> World {
    with_manifest(script, MANIFEST)
}

fn trusted(script: &str) -> World {
    let world = untrusted(script);
    world.trust("keys");
    world
}

/// A plugin in the list of all.
fn listed(world: &World, name: &str) -> serde_json::Value {
    let listed = world.leash(["plugin", "list", "--json"]).ok().json();
    listed["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone()
}

#[test]
fn what_was_granted_is_signed_and_nothing_else() {
    let world = trusted(NESTED);
    let outcome = world.leash(["keys", "GET", "/v1/agents/{mint}/api-keys?limit=5"]).ok();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (r#"{"items":[]}"#, ""));
    let _ = world.leash(["keys", "POST", KEYS, "--body", r#"{"label":"ci"}"#]).ok();
    assert!(world.api.requests().iter().all(is_signed), "{:?}", world.api.requests());
    for path in ["/v1/agents/{mint}", "/v1/agents/{mint}/api-keys/x/disable"] {
        world.leash(["keys", "GET", path]).fails(125).assert_says("leash plugin trust keys --allow");
    }
    let other = format!("/v1/agents/{}/api-keys", AGENT_2.mint);
    let _ = world.leash(["keys", "GET", &other]).fails(125);
    let _ = world.leash(["keys", "GET", KEYS, "--bearer"]).env("LEASH_API_KEY", "lsh_test_x").fails(125);
    assert_eq!(world.api.calls().len(), 2);
    let shown = world.leash(["audit", "show", "--json"]).ok().json();
    let decisions: Vec<_> =
        shown["items"].as_array().unwrap().iter().map(|item| item["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["signed", "signed", "denied_scope", "denied_scope", "denied_scope"]);
    let verified = world.leash(["audit", "verify", "--json"]).ok().json();
    assert_eq!((&verified["count"], verified["head"].as_str().map(str::len)), (&json!(5), Some(64)));
}

#[test]
fn a_log_that_was_changed_is_no_log() {
    let world = trusted(NESTED);
    let _ = world.leash(["keys", "GET", KEYS]).ok();
    let log = format!(".local/share/leash/audit/{}.log", AGENT_1.executive);
    let text = world.home.read(&log).replace("\"signed\"", "\"denied_scope\"");
    world.home.write_private(&log, &text);
    world.leash(["audit", "verify"]).fails(3).assert_says("line 1 of");
}

#[test]
fn the_count_is_that_of_the_run() {
    let world = trusted(
        "#!/bin/sh\nfor i in 1 2 3; do \"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys' > /dev/null; echo $?; done\n",
    );
    let outcome = world.leash(["keys"]).ok();
    assert_eq!(outcome.stdout, "0\n0\n125\n", "{outcome:?}");
    assert_eq!(world.leash(["keys"]).ok().stdout, "0\n0\n125\n");
    assert_eq!(world.api.calls().len(), 4);
}

#[test]
fn without_trust_it_runs_and_nothing_is_signed() {
    let world = untrusted(
        "#!/bin/sh\necho \"[$LEASH_SIGNER]\"\n\"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys'\n",
    );
    let check = |note: &str| {
        let outcome = world.leash(["keys"]).outcome();
        assert_eq!((outcome.status, outcome.stdout.as_str()), (125, "[]\n"), "{outcome:?}");
        outcome.assert_says(note);
        outcome.assert_says("leash plugin trust keys");
        assert!(world.api.calls().is_empty());
    };
    check("note: nothing is signed for `keys`, which isn't trusted");
    let _ = world.leash(["plugin", "trust", "keys", "--yes"]).ok();
    let script = world.home.read("bin/leash-keys") + "# one more line\n";
    let _ = world.home.write_script("bin/leash-keys", &script);
    check("warning: nothing is signed for `keys`, which has changed since it was trusted (program)");
    let listed = listed(&world, "keys");
    assert_eq!((&listed["trust"], &listed["why"]), (&json!("changed"), &json!("program")));
    world
        .home
        .write_private("bin/leash-keys.toml", &MANIFEST.replace("max_signatures = 2", "max_signatures = 9"));
    check("(program, manifest)");
    let renewed = world.leash(["plugin", "trust", "keys", "--yes", "--json"]).ok().json();
    let changes: Vec<_> =
        renewed["changes"].as_array().unwrap().iter().map(|change| &change["what"]).collect();
    assert_eq!(changes, ["program", "manifest", "signatures"]);
    assert!(world.leash(["keys"]).ok().stdout.starts_with("[fd:"));
    let _ = world.leash(["plugin", "untrust", "keys"]).ok();
    let _ = world.leash(["plugin", "untrust", "keys"]).fails(1);
    let calls = world.api.calls().len();
    assert_eq!(world.leash(["keys"]).outcome().status, 125);
    assert_eq!(world.api.calls().len(), calls);
}

#[test]
fn trust_shows_what_it_means_and_wants_a_yes() {
    let world = untrusted(NESTED);
    let outcome = world.leash(["plugin", "trust", "keys"]).fails(2);
    outcome.assert_says("may sign     POST /v1/agents/{mint}/api-keys  (lasting");
    outcome.assert_says("count them");
    outcome.assert_silent_about("\u{1b}");
    let wrong = format!("sha256:{}", "0".repeat(64));
    world
        .leash(["plugin", "trust", "keys", "--yes", "--expect", &wrong])
        .fails(3)
        .assert_says("nothing was granted");
    let _ = world.leash(["keys", "GET", KEYS]).fails(125);
    let document =
        world.leash(["plugin", "trust", "keys", "--yes", "--json", "--allow", "GET /v1/x"]).ok().json();
    let digest = document["grant"]["digest"].as_str().unwrap().to_owned();
    assert_eq!(document["grant"]["scopes"][1]["lasting"], true);
    let _ = world.leash(["keys", "GET", "/v1/x"]).ok();
    let _ = world.leash(["plugin", "trust", "keys", "--yes", "--expect", &digest, "--all-agents"]).ok();
    assert_eq!(
        world.leash(["plugin", "list"]).ok().stdout.lines().filter(|line| line.contains(" trusted ")).count(),
        1
    );
    let _ = world.leash(["plugin", "trust", "agent", "--yes"]).fails(125);
    let _ = world.leash(["plugin", "trust", "nothing", "--yes"]).fails(127);
}

#[test]
fn the_key_is_nowhere_near_the_plugin() {
    let world = trusted(
        "#!/bin/sh\ncd \"$OUT\"; env -0 > env; printf '%s ' \"$@\" > args; cat /proc/$$/environ /proc/$$/cmdline > self\n\
         for fd in /proc/$$/fd/*; do readlink \"$fd\"; [ -f \"$fd\" ] && cat \"$fd\" 2> /dev/null; done < /dev/null > fds\nexit 0\n",
    );
    let run = world.leash(["keys", "a"]).env("LEASH_API_KEY", "lsh_test_4c33bnxtn9ca48s844").env("KEEP", "1");
    let _ = run.env("LEASH_PASSPHRASE", "horse").env("AWS_SECRET_ACCESS_KEY", "stable").ok();
    for file in ["env", "args", "self", "fds"] {
        let text = world.home.read(format!("out/{file}"));
        for secret in [AGENT_1.key, "lsh_test_4c33bnxtn9ca48s844", "horse", "stable"] {
            assert!(!text.contains(secret), "{file}: {text}");
        }
    }
    let env = world.home.read("out/env");
    assert!(env.contains("KEEP=1") && env.contains("LEASH_SIGNER=fd:"), "{env}");
    assert!(world.home.read("out/fds").contains("\"features\":[\"sign_http\"]"));
}

#[test]
fn the_context_says_what_was_granted() {
    let manifest = format!(
        "{}\n[[presign]]\nmethod = \"GET\"\npath = \"/v1/agents/{{mint}}/api-keys\"\n",
        MANIFEST.replace("[run]", "[run]\nstdin = \"context\"")
    );
    let world = with_manifest(
        "#!/bin/sh\ncat > \"$OUT/stdin\"; printf %s \"$LEASH_CONTEXT\" > \"$OUT/inline\"\n",
        &manifest,
    );
    let _ = world.leash(["keys"]).ok();
    assert_eq!(world.home.read_json("out/stdin")["features"], json!([]));
    assert_eq!(world.home.read_json("out/stdin")["presigned"], json!([]));
    assert!(world.home.read_json("out/inline").get("presigned").is_none());
    let _ = world.leash(["plugin", "trust", "keys", "--yes"]).ok();
    let _ = world.leash(["keys"]).ok();
    let (whole, inline) = (world.home.read_json("out/stdin"), world.home.read_json("out/inline"));
    assert_eq!(whole["features"], json!(["sign_http"]));
    assert_eq!(whole["grant"]["max_signatures"], 2);
    assert_eq!(whole["plugin"]["version"], "1.2.0");
    assert!(whole["plugin"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(whole["presigned"][0]["path"], format!("/v1/agents/{}/api-keys", AGENT_1.mint));
    assert_eq!(whole["presigned"][0]["headers"]["x-leash-agent"], AGENT_1.mint);
    assert!(inline.get("presigned").is_none());
    assert_eq!(world.leash(["audit", "verify", "--json"]).ok().json()["count"], 1);
}

#[test]
fn statuses_and_signals_are_the_plugins_own() {
    let world = trusted("#!/bin/sh\n[ \"$1\" = die ] && kill -TERM $$\nexit \"$1\"\n");
    assert_eq!(world.leash(["keys", "42"]).outcome().status, 42);
    assert_eq!(world.leash(["keys", "die"]).outcome().status, 143);
}

#[test]
fn a_plugin_manages_no_trust_and_has_no_other_signer() {
    let world = trusted("#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n");
    for words in [
        &["plugin", "trust", "keys", "--yes"][..],
        &["plugin", "untrust", "keys"],
        &["audit", "show"],
        &["audit", "verify"],
    ] {
        let _ = world.leash([&["keys"], words].concat()).fails(125);
    }
    let _ = world.leash(["keys", "plugin", "list"]).ok();
    let _ = world.leash(["keys", "api", "GET", KEYS]).ok();
    // A plugin inside a plugin has no signer, and none that was closed or isn't one is taken for one.
    let _ = world.leash(["keys", "keys", "api", "GET", KEYS]).fails(125);
    for signer in ["fd:0", "fd:9", "unix:/nowhere", "9", ""] {
        let _ = world.home.write_script(
            "bin/leash-other",
            &format!("#!/bin/sh\nLEASH_SIGNER={signer} exec \"$LEASH_BIN\" api GET /v1/x\n"),
        );
        let _ = world.leash(["other"]).fails(125);
    }
    assert_eq!(world.api.calls().len(), 1);
}

#[test]
fn a_broken_manifest_stops_that_plugin_alone() {
    let world = with_manifest(NESTED, "schema = 1\nname = ");
    let _ = world.home.write_script("bin/leash-other", "#!/bin/sh\necho other\n");
    world.leash(["keys"]).fails(126).assert_says("leash-keys.toml:2");
    assert_eq!(world.leash(["other"]).ok().stdout, "other\n");
    assert_eq!(listed(&world, "keys")["trust"], "broken");
    assert_eq!(listed(&world, "other")["trust"], "no manifest");
}

#[test]
fn which_names_every_candidate() {
    let world = untrusted(NESTED);
    let _ = world.home.write_script("second/leash-keys", "#!/bin/sh\n");
    let _ = world.home.write_script("second/leash-agent", "#!/bin/sh\n");
    let (bin, second) = (world.home.join("bin"), world.home.join("second"));
    let which = |name: &str| {
        world.home.leash(["plugin", "which", "-a", name, "--json"]).path(&[&bin, &second]).ok().json()["items"].clone()
    };
    let keys = which("keys");
    assert_eq!(keys[0]["target"].as_str(), bin.join("leash-keys").to_str());
    assert_eq!((&keys[0]["loses"], &keys[1]["loses"]), (&json!(null), &json!("path comes first")));
    assert_eq!(which("agent")[0]["source"], "builtin");
    let _ = world.leash(["plugin", "which", "nothing"]).fails(127);
    assert_eq!(
        world
            .leash(["plugin", "exec", "keys", "--help"])
            .ok()
            .stderr
            .lines()
            .filter(|line| line.starts_with("note:"))
            .count(),
        1
    );
}

#[test]
fn arguments_after_a_plugin_are_its_own() {
    let world = untrusted("#!/bin/sh\nprintf '%s|' \"$@\" >&2\nexit 3\n");
    let outcome = world.leash(["plugin", "exec", "keys", "--json", "-q", "--help"]).outcome();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (3, ""));
    assert!(outcome.stderr.ends_with("--json|-q|--help|"), "{outcome:?}");
    // leash itself speaks as it was told before the name, and no other way.
    let outcome = world.leash(["plugin", "exec", "nobody", "--json"]).fails(127);
    assert_eq!(outcome.stdout, "");
    let outcome = world.leash(["plugin", "--json", "exec", "nobody"]).fails(127);
    assert_eq!(outcome.json()["kind"], "plugin_exec");
}

#[test]
fn a_grant_that_cannot_be_read_stops_what_could_have_had_one() {
    let world = trusted("#!/bin/sh\necho ran\n");
    let grant = world.home.join(".local/share/leash/trust/keys.json");
    for (bytes, mode) in [("{", 0o600), ("{\"v\":1}", 0o600), ("{}", 0o644)] {
        fs::write(&grant, bytes).unwrap();
        world.home.chmod(&grant, mode);
        // It may have said that the plugin is to be shut in: nobody knows.
        world.leash(["keys"]).fails(125).assert_says("keys.json");
        assert_eq!(listed(&world, "keys")["trust"], "broken");
    }
    // Without a manifest there is nothing to sign, and never was anything that could be agreed to.
    fs::remove_file(world.home.join("bin/leash-keys.toml")).unwrap();
    let outcome = world.leash(["keys"]).ok();
    outcome.assert_says("warning: ");
    outcome.assert_says("keys.json");
    assert_eq!(outcome.stdout, "ran\n");
    let _ = world.leash(["plugin", "untrust", "keys"]).ok();
    assert_eq!(world.leash(["keys"]).ok().stderr, "");
}
