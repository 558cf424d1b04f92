//! Plugins that are dynamic libraries, run by the real host, with a real signer.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use leash_tests::{AGENT_1, Terminal};
use serde_json::{Value, json};

use crate::world::World;

const MANIFEST: &str =
    "kind = \"dylib\"\n[sign]\nmax_signatures = 30\nscopes = [{ methods = [\"GET\"], path = \"/v1/x\" }]\n";

fn source(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match name {
        "searcher.rs" => root.join("tests/fixtures").join(name),
        "probe.c" => root.join("plugins/loader/tests/suite").join(name),
        name => root.join("plugins/examples/misbehaving/dylib").join(name),
    }
}

fn compile(name: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("lib.so");
    let mut compiler = if name.ends_with(".rs") {
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "--crate-type", "cdylib"]);
        rustc
    } else {
        let mut cc = Command::new("cc");
        let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/loader/include");
        cc.args(["-shared", "-fPIC", "-fvisibility=hidden", "-pthread", "-I"]).arg(include);
        cc
    };
    let built = compiler.arg("-o").arg(&library).arg(source(name)).output().unwrap();
    assert!(built.status.success(), "{built:?}");
    fs::read(library).unwrap()
}

/// Without a grant, and with one.
fn both(library: &[u8]) -> [World; 2] {
    [false, true].map(|granted| {
        let world = World::new();
        world.plugin("lib", library, MANIFEST);
        if granted {
            world.trust("lib");
        }
        world
    })
}

#[test]
fn context_arguments_and_status_are_its_own() {
    let library = compile("probe.c");
    for world in both(&library) {
        let context: Value = world.leash(["-q", "--color", "never", "lib", "context"]).ok().json();
        assert_eq!(
            (&context["plugin"]["name"], &context["agent"]["mint"]),
            (&json!("lib"), &json!(AGENT_1.mint))
        );
        assert_eq!((&context["global"]["color"], &context["v"]), (&json!("never"), &json!(1)));
        let mut run = world.leash(["lib", "args", "--json"]);
        run.command
            .arg(OsString::from_vec(b"\xff\x00".to_vec().into_iter().filter(|byte| *byte != 0).collect()));
        let stdout = run.ok().stdout;
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let path = world.home.join("bin/leash-lib");
        let expected =
            [&hex(path.to_str().unwrap()), &hex("args"), &hex("--json"), "ff"].map(ToOwned::to_owned);
        assert_eq!(stdout.lines().collect::<Vec<_>>(), expected);
        for (returned, status) in [("0", 0), ("1", 1), ("42", 42), ("255", 255), ("256", 1), ("-1", 1)] {
            assert_eq!(world.leash(["lib", "status", returned]).outcome().status, status, "{returned}");
        }
        world.leash(["lib", "status", "256"]).outcome().assert_says("plugin `lib` returned 256");
    }
}

#[test]
fn it_asks_the_signer_and_each_answer_counts_once() {
    let library = compile("probe.c");
    let [without, with] = both(&library);
    assert_eq!(without.leash(["-q", "lib", "sign", "1:4096"]).ok().stdout, "-1 0 1 \n");
    // Twice with too little room, then with enough: one signature. The same request again: one more.
    let shown = with.leash(["lib", "sign", "1:0", "1:10", "1:4096", "1:4096"]).ok().stdout;
    let statuses: Vec<_> = shown.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(statuses, ["1", "1", "0", "0"], "{shown}");
    let answer: Value =
        serde_json::from_str(shown.lines().nth(2).unwrap().splitn(4, ' ').nth(3).unwrap()).unwrap();
    assert_eq!(answer["ok"]["headers"]["x-leash-agent"], AGENT_1.mint);
    assert_eq!(with.decisions(), ["signed", "signed"]);
    // Four threads with 25 requests each, of which 30 are granted.
    assert_ne!(with.leash(["lib", "threads"]).outcome().status, 0);
    let decisions = with.decisions();
    let count = |what: &str| decisions.iter().filter(|decision| *decision == what).count();
    assert_eq!(count("signed"), 32, "{decisions:?}");
    assert!(count("quota") > 0 && count("signed") + count("quota") == decisions.len());
}

#[test]
fn the_key_was_never_in_that_process() {
    let world = World::new();
    world.plugin("lib", compile("searcher.rs"), MANIFEST);
    world.trust("lib");
    let key = bs58::decode(AGENT_1.key).into_vec().unwrap();
    let api_key = "lsh_test_0123456789abcdefgh";
    let needles = [
        ("key-as-text", AGENT_1.key.as_bytes()),
        ("key", &key[..32]),
        ("api-key", api_key.as_bytes()),
        ("mint", AGENT_1.mint.as_bytes()),
    ];
    let lines: String = needles
        .iter()
        .map(|(name, bytes)| {
            let hex: String = bytes.iter().map(|byte| format!("{:02x}", !byte)).collect();
            format!("{name} {hex}\n")
        })
        .collect();
    let path = world.home.write_private("needles", &lines);
    let run = world.leash(["lib", path.to_str().unwrap()]).env("LEASH_API_KEY", api_key);
    let stdout = run.ok().stdout;
    // It does find what is there.
    for place in ["memory", "environ", "descriptor"] {
        assert!(stdout.contains(&format!("mint {place}\n")), "{stdout}");
    }
    for secret in ["key-as-text ", "key ", "api-key "] {
        assert!(!stdout.lines().any(|line| line.starts_with(secret)), "{stdout}");
    }
    assert!(stdout.contains("hello 0 {\"id\":1,\"ok\":"), "{stdout}");
    // The bytes that were hashed are what was loaded; nothing leads to the agent's files.
    assert!(stdout.contains("map /memfd:leash-lib"), "{stdout}");
    assert!(!stdout.contains("leash-test-") && !stdout.contains("agent.json"), "{stdout}");
}

#[test]
fn what_breaks_is_the_plugins_fault_and_says_so() {
    for (name, status, says) in [
        ("crash.c", 128 + 11, "error: plugin `lib` crashed (SIGSEGV"),
        ("abort.c", 128 + 6, "error: plugin `lib` aborted (SIGABRT)"),
        ("panics.rs", 128 + 6, "error: plugin `lib` aborted (SIGABRT)"),
        ("null_entry.c", 126, "offers nothing to this leash: its entry is null"),
        ("no_entry.c", 126, "has no `leash_plugin_entry_v1`"),
        ("wrong_abi.c", 126, "speaks version 2 of the interface, and this leash 1"),
    ] {
        for world in both(&compile(name)) {
            let outcome = world.leash(["lib", "marked"]).outcome();
            assert_eq!(outcome.status, status, "{name}: {outcome:?}");
            outcome.assert_says(says);
            let naming =
                outcome.stderr.lines().filter(|line| line.starts_with("error: ")).collect::<Vec<_>>();
            assert_eq!(naming.len(), 1, "{name}: {outcome:?}");
            assert!(naming[0].contains("plugin `lib`"), "{name}: {outcome:?}");
            let home = world.home.join("bin/leash-lib");
            assert!(status != 126 || naming[0].contains(home.to_str().unwrap()), "{name}: {outcome:?}");
        }
    }
}

#[test]
fn a_loop_ends_by_ctrl_c() {
    for (number, world) in both(&compile("loop.c")).into_iter().enumerate() {
        let mut terminal = Terminal::shell(&world.home);
        terminal.wait_for("at-1$ ");
        terminal.type_in("leash -q lib loop-mark\n");
        terminal.wait_for("looping");
        let signers = World::signers("loop-mark");
        assert_eq!(signers.len(), number);
        terminal.type_in("\x03");
        terminal.wait_for("error: plugin `lib` was ended before it was done (SIGINT)");
        terminal.wait_for("at-2$ ");
        terminal.type_in("echo status-$?-\n");
        terminal.wait_for("status-130-");
        terminal.wait_for("at-3$ ");
        terminal.type_in("exit 0\n");
        assert_eq!(terminal.end().0, Some(0));
        World::assert_gone(&signers);
    }
}

#[test]
fn what_is_no_library_is_none() {
    let world = World::new();
    for (bytes, trust) in [(&b"#!/bin/sh\necho no\n"[..], 125), (b"\x7fELF and so on", 0), (b"", 125)] {
        world.plugin("lib", bytes, MANIFEST);
        assert_eq!(world.leash(["plugin", "trust", "lib", "--yes"]).outcome().status, trust);
        let outcome = world.leash(["-q", "lib"]).fails(126);
        outcome.assert_says("cannot run plugin `lib`: its library");
        assert_eq!(world.leash(["plugin", "untrust", "lib"]).outcome().status, i32::from(trust != 0));
    }
}

#[test]
fn a_library_that_was_swapped_has_no_signer() {
    let world = World::new();
    world.plugin("lib", compile("probe.c"), MANIFEST);
    world.trust("lib");
    assert!(world.leash(["lib", "sign", "1:4096"]).ok().stdout.starts_with("0 "));
    let mut other = fs::read(world.home.join("bin/leash-lib")).unwrap();
    other.push(0);
    world.plugin("lib", &other, MANIFEST);
    let outcome = world.leash(["lib", "sign", "1:4096"]).ok();
    assert_eq!(outcome.stdout, "-1 0 1 \n");
    outcome.assert_says("has changed since it was trusted (program)");
}
