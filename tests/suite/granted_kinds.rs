//! Granted plugins of every kind: programs, scripts; what they get of the environment, and how much fits.

use std::{fs, process::Command};

use leash_test_needs::needs;
use leash_tests::AGENT_1;
use serde_json::{Value, json};

use crate::world::{READ_KEYS, World};

const C: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  printf("%s %d %s\n", argv[0], argc, getenv("LEASH_SIGNER") ? "signer" : "none");
  fflush(stdout);
  if (!getenv("LEASH_SIGNER")) return 7;
  execl(getenv("LEASH_BIN"), "leash", "-q", "api", "GET", "/v1/agents/{mint}/api-keys", (char *)0);
  return 1;
}
"#;

const RUST: &str = r#"
use std::{env, os::unix::process::CommandExt, process::{Command, exit}};
fn main() {
    let signer = env::var_os("LEASH_SIGNER").is_some();
    let words: Vec<_> = env::args().collect();
    println!("{} {} {}", words[0], words.len(), if signer { "signer" } else { "none" });
    if !signer { exit(7) }
    let words = ["-q", "api", "GET", "/v1/agents/{mint}/api-keys"];
    panic!("{}", Command::new(env::var_os("LEASH_BIN").unwrap()).args(words).exec());
}
"#;

fn compile(compiler: &str, arguments: &[&str], source: &str, extension: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join(format!("it.{extension}")), dir.path().join("it"));
    fs::write(&from, source).unwrap();
    let built = Command::new(compiler).args(arguments).arg("-o").arg(&to).arg(from).output().unwrap();
    assert!(built.status.success(), "{built:?}");
    fs::read(to).unwrap()
}

const PYTHON: &str = "#!/usr/bin/env python3\nimport os, sys\n\
    print(sys.argv[0] if 'LEASH_SIGNER' not in os.environ else os.environ['LEASH_PLUGIN'], len(sys.argv),\n\
    \x20     'signer' if 'LEASH_SIGNER' in os.environ else 'none', flush=True)\n\
    if 'LEASH_SIGNER' not in os.environ: sys.exit(7)\n\
    leash = os.environ['LEASH_BIN']\n\
    os.execv(leash, ['leash', '-q', 'api', 'GET', '/v1/agents/{mint}/api-keys'])\n";

#[test]
fn a_program_in_c_is_signed_for() {
    is_signed_for(compile("cc", &[], C, "c"), None);
}

#[test]
fn a_program_in_rust_is_signed_for() {
    is_signed_for(compile("rustc", &["--edition", "2024"], RUST, "rs"), None);
}

#[needs("python3")]
#[test]
fn a_script_in_python_is_signed_for() {
    // A script that is granted runs from a copy, and prints the copy's name.
    is_signed_for(PYTHON, Some("any"));
}

/// A plugin without a grant knows its path, and with one this name, if it isn't the path.
fn is_signed_for(program: impl AsRef<[u8]>, name: Option<&str>) {
    let world = World::new();
    let path = world.plugin("any", program, READ_KEYS);
    let path = path.to_str().unwrap();
    let without = world.leash(["-q", "any", "a", "b"]).outcome();
    assert_eq!((without.status, without.stdout), (7, format!("{path} 3 none\n")));
    world.trust("any");
    let with = world.leash(["any", "a", "b"]).ok().stdout;
    assert_eq!(with, format!("{} 3 signer\n{{\"items\":[]}}", name.unwrap_or(path)));
    world.assert_all_signed();
    assert_eq!(world.decisions(), ["signed"]);
}

#[test]
fn the_environment_is_what_the_manifest_asks_for() {
    for world in World::both("env", "#!/bin/sh\nenv > \"$OUT/env\"\n") {
        let run = world.leash(["env"]).env("SECRET", "1").env("LC_TIME", "C").env("XDG_DATA_DIRS", "/x");
        let run = run
            .env("LD_LIBRARY_PATH", "/nowhere")
            .env("PYTHONPATH", "/nowhere")
            .env("LEASH_PER_CALL_USDC", "1");
        let _ = run.env("LEASH_PASSPHRASE", "horse").env("LEASH_API_KEY", "lsh_test_x").ok();
        let env = world.home.read("out/env");
        let has = |name: &str| env.lines().any(|line| line.starts_with(&format!("{name}=")));
        for name in ["PATH", "HOME", "LC_TIME", "XDG_DATA_DIRS", "OUT", "LEASH_PLUGIN", "LEASH_CONTEXT"] {
            assert!(has(name), "{name}: {env}");
        }
        for name in [
            "SECRET",
            "LD_LIBRARY_PATH",
            "PYTHONPATH",
            "LEASH_PASSPHRASE",
            "LEASH_API_KEY",
            "LEASH_EXECUTIVE_KEY",
        ] {
            assert!(!has(name), "{name}: {env}");
        }
    }
}

#[needs("python3")]
#[test]
fn the_context_comes_by_stdin_where_the_manifest_says_so() {
    let manifest = format!("{READ_KEYS}[run]\nstdin = \"context\"\n");
    let script = "#!/usr/bin/env python3\nimport json, os, sys\n\
        whole = json.load(sys.stdin)\nassert sys.stdin.read() == ''\n\
        assert whole == json.load(open('/dev/fd/' + os.environ['LEASH_CONTEXT_FD']))\n\
        print(whole['agent']['mint'], whole['features'])\n";
    for granted in [false, true] {
        let world = World::new();
        world.plugin("reads", script, &manifest);
        if granted {
            world.trust("reads");
        }
        let outcome = world.leash(["-q", "reads"]).input("not for it").ok();
        assert_eq!(
            outcome.stdout,
            format!("{} {}\n", AGENT_1.mint, if granted { "['sign_http']" } else { "[]" })
        );
        // Where nobody gave it a stdin, it still has this one.
        let _ = world.shell("leash -q reads <&-").ok();
    }
}

/// So many reasons that the context has more than this many bytes.
fn scopes(bytes: usize) -> String {
    let scope =
        |number| format!("{{ methods = [\"GET\"], path = \"/v1/{number}\", reason = \"{number:0960}\" }},\n");
    let many: String = (0..bytes / 1000).map(scope).collect();
    format!("[sign]\nscopes = [\n{many}{{ methods = [\"GET\"], path = \"/v1/agents/{{mint}}/api-keys\" }}]\n")
}

const SAYS: &str = "#!/bin/sh\n[ -n \"$LEASH_CONTEXT\" ] && printf inline || printf by-descriptor\n\
    [ \"$1\" = short ] || exit 0\n\"$LEASH_BIN\" -q api GET '/v1/agents/{mint}/api-keys'\ncat /dev/fd/\"$LEASH_CONTEXT_FD\" > \"$OUT/context\"\n";

#[test]
fn a_large_context_comes_by_its_descriptor() {
    for (bytes, how) in [(10_000, "inline"), (60_000, "by-descriptor"), (150_000, "by-descriptor")] {
        let world = World::new();
        world.plugin("large", SAYS, &scopes(bytes));
        world.trust("large");
        let outcome = world.leash(["large", "short"]).ok();
        assert_eq!(outcome.stdout, format!("{how}{{\"items\":[]}}"), "{bytes}");
        let context: Value = world.home.read_json("out/context");
        assert!(context.to_string().len() > bytes);
        assert_eq!(context["grant"]["scopes"].as_array().unwrap().len(), bytes / 1000 + 1);
        assert_eq!(context["depth"], json!(1));
    }
}

#[test]
fn the_users_arguments_come_first_where_not_all_fits() {
    let world = World::new();
    world.plugin("large", SAYS, &scopes(25_000));
    world.trust("large");
    // The kernel's limit is a quarter of the stack's, and 128 KiB at the least.
    let mut seen = Vec::new();
    for kib in (80..=144).step_by(4) {
        let line = format!(
            "ulimit -s 512; word=$(printf %01000d 0); i=0; set --; while [ $i -lt {kib} ]; do set -- \"$@\" $word; i=$((i+1)); done; \
             exec leash -q large \"$@\""
        );
        let outcome = world.shell(&line).outcome();
        seen.push(match outcome.status {
            0 => outcome.stdout,
            _ => outcome.status.to_string(),
        });
    }
    seen.dedup();
    // 126 is the shell's, where not even leash can be executed, or leash's.
    assert_eq!(seen, ["inline", "by-descriptor", "126"]);
}

#[test]
fn a_grant_that_no_signer_could_tell_is_none() {
    // `hello` names the scopes, in one frame of 64 KiB.
    let world = World::new();
    let scope = |number| format!("{{ methods = [\"GET\"], path = \"/v1/{number:0100}\" }},\n");
    let many: String = (0..600).map(scope).collect();
    world.plugin("many", SAYS, &format!("[sign]\nscopes = [\n{many}]\n"));
    world.leash(["plugin", "trust", "many", "--yes"]).fails(125).assert_says("more scopes than");
    let few = format!("GET /v1/{:0100}", 7);
    let _ = world.leash(["plugin", "trust", "many", "--yes", "--only", &few]).ok();
    let _ = world.leash(["many"]).ok();
}
