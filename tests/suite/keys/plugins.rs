//! Plugins of an agent whose key is locked.

use std::fs;

use leash_test_needs::needs;

use super::{
    PASSPHRASE, World,
    asked::{ASKED, answer, desk},
};

const MANIFEST: &str = r#"
schema = 1
protocol = [1]
name = "keys"
version = "1.0.0"
summary = "Counts keys"
[run]
env = ["OUT"]
[sign]
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys" }]
[[presign]]
method = "GET"
path = "/v1/agents/{mint}/api-keys"
"#;

/// Writes down what it was started with, and has a request signed.
const CURIOUS: &str = r#"#!/bin/sh
echo ran
ls -l /proc/self/fd > "$OUT/fds"
env > "$OUT/env"
cat > "$OUT/stdin"
for n in 3 4 5 6 7 8 9; do [ "fd:$n" = "$LEASH_SIGNER" ] || cat /dev/fd/$n 2>/dev/null; done > "$OUT/read"
exec "$LEASH_BIN" api GET '/v1/agents/{mint}/api-keys'
"#;

fn with_plugin(trusted: bool) -> World {
    with_plugin_in(World::protected(), trusted)
}

fn with_plugin_in(world: World, trusted: bool) -> World {
    let _ = world.home.write_script("bin/leash-keys", CURIOUS);
    world.home.write_private("bin/leash-keys.toml", MANIFEST);
    fs::create_dir(world.home.join("out")).unwrap();
    if trusted {
        // The public half is all that this takes.
        let _ = world.leash(&["plugin", "trust", "keys", "--yes"]).ok();
    }
    world
}

fn assert_saw_nothing(world: &World) {
    for file in ["out/env", "out/stdin", "out/read"] {
        let seen = world.home.read(file);
        assert!(!seen.contains(PASSPHRASE) && !seen.contains(&world.key), "{file}: {seen}");
        assert!(!seen.contains("LEASH_PASSPHRASE"), "{file}: {seen}");
    }
}

#[test]
fn a_file_or_a_descriptor_lets_the_signer_open_the_key() {
    let world = with_plugin(true);
    let _ = world.with_passphrase(&["keys"]).ok();
    assert_saw_nothing(&world);
    let line = format!("LEASH_PASSPHRASE_FD=3 OUT=out leash keys 3<<'E' </dev/null\n{PASSPHRASE}\nE\n");
    let _ = world.shell(&line).ok();
    assert_saw_nothing(&world);
    let _ = world.leash(&["keys"]).env("LEASH_PASSPHRASE_FD", "0").input(PASSPHRASE).ok();
    assert_saw_nothing(&world);
    assert_eq!((world.api.calls().len(), world.all_signed()), (3, true));
    // Presigned, and asked for.
    let shown = world.with_passphrase(&["audit", "verify", "--json"]).ok().json();
    assert_eq!(shown["count"], 6);
    assert!(!world.key_is_somewhere());
}

#[test]
fn a_passphrase_that_nobody_needed_reaches_no_plugin() {
    let world = with_plugin(false);
    for (number, redirect) in
        [("3", "3<passphrase </dev/null"), ("0", "<passphrase"), ("7", "7<passphrase </dev/null")]
    {
        let line = format!("LEASH_PASSPHRASE_FD={number} OUT=out leash keys {redirect}");
        let outcome = world.shell(&line).outcome();
        assert!(outcome.stdout.starts_with("ran"), "{outcome:?}");
        assert_saw_nothing(&world);
    }
    assert!(world.api.calls().is_empty());
}

#[test]
fn where_nobody_can_be_asked_it_runs_and_nothing_is_signed() {
    let world = with_plugin(true);
    let outcome = world.leash(&["keys"]).outcome();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (4, "ran\n"), "{outcome:?}");
    for said in ["nothing is signed for `keys`", "is locked", "key unlock --for 15m", "LEASH_PASSPHRASE_FD"] {
        outcome.assert_says(said);
    }
    assert!(world.api.calls().is_empty());
    // Nothing can be written that is made with the key.
    assert_eq!(world.with_passphrase(&["audit", "verify", "--json"]).ok().json()["count"], 0);
}

#[test]
fn a_wrong_passphrase_is_an_error_and_nothing_runs() {
    let world = with_plugin(true);
    let wrong = world.home.join("wrong");
    let outcome = world.leash(&["keys"]).env("LEASH_PASSPHRASE_FILE", wrong).fails(4);
    assert_eq!(outcome.stdout, "");
    world.home.chmod("passphrase", 0o644);
    let _ = world.with_passphrase(&["keys"]).fails(4);
    let _ = world.leash(&["keys"]).env("LEASH_PASSPHRASE_FD", "99").fails(4);
}

#[test]
fn the_person_at_the_terminal_is_asked_before_it_runs() {
    let world = with_plugin(true);
    let mut terminal = desk(&world, "leash keys </dev/null; echo status=$?");
    answer(&mut terminal, ASKED, 1, "mistyped");
    terminal.wait_for_times(ASKED, 2);
    assert!(!world.home.join("out/env").exists());
    answer(&mut terminal, ASKED, 2, PASSPHRASE);
    let (_, screen) = terminal.end();
    assert!(screen.contains("ran") && screen.contains("status=0"), "{screen}");
    assert!(!screen.contains(PASSPHRASE) && !screen.contains("mistyped"), "{screen}");
    assert_saw_nothing(&world);
    assert!(world.all_signed());
}

/// It is about to know the passphrase.
#[needs("ordinary user")]
#[test]
fn nobody_can_look_into_the_process_that_asks_for_the_passphrase() {
    let world = with_plugin(true);
    let line = r#"sh -c 'echo $$ > "$OUT/pid"; exec leash keys </dev/null'; echo status=$?"#;
    let mut terminal = desk(&world, line);
    terminal.wait_for(ASKED);
    let error = fs::read(format!("/proc/{}/environ", world.home.read("out/pid").trim())).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    answer(&mut terminal, ASKED, 1, PASSPHRASE);
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=0"), "{screen}");
}

#[test]
fn ctrl_c_at_the_question_ends_it_and_leaves_the_terminal_as_it_was() {
    let world = with_plugin(true);
    let mut terminal = desk(&world, "trap : INT; leash keys; echo status=$?; stty -a; echo there");
    terminal.wait_for(ASKED);
    terminal.type_in("half of it\u{3}");
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=130") && screen.contains("there") && !screen.contains("ran"), "{screen}");
    assert!(screen.contains(" echo ") && !screen.contains("-echo "), "{screen}");
}

#[test]
fn in_the_background_nobody_is_asked() {
    let world = with_plugin(true);
    let (_, screen) = desk(&world, "set -m; leash keys </dev/null & wait $!; echo status=$?").end();
    assert!(screen.contains("ran") && screen.contains("status=4"), "{screen}");
    assert!(!screen.contains("passphrase of"), "{screen}");
}

#[needs("kernel keyring")]
#[test]
fn the_kernel_may_keep_the_key() {
    let world = with_plugin_in(World::protected_alone(), true);
    let _ = world.with_passphrase(&["key", "unlock", "--for", "10m"]).ok();
    let _ = world.leash(&["keys"]).ok();
    assert_saw_nothing(&world);
    assert!(world.all_signed());
}

#[test]
fn a_plugin_manages_no_keys() {
    let world = with_plugin(false);
    let _ = world.home.write_script("bin/leash-greedy", "#!/bin/sh\nexec \"$LEASH_BIN\" key \"$@\"\n");
    for word in ["status", "protect", "unprotect", "unlock", "lock"] {
        let outcome = world.with_passphrase(&["greedy", word, "--json"]).fails(125);
        assert_eq!(outcome.json()["kind"], format!("key_{word}"));
    }
    assert!(world.is_encrypted());
}
