//! A passphrase for jobs: from a descriptor or a file, right, wrong, or open to others.

use super::{PASSPHRASE, World};

#[test]
fn a_file_or_a_descriptor_opens_it() {
    let world = World::protected();
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
    let line = format!("LEASH_PASSPHRASE_FD=3 leash api-key list 3<<'E'\n{PASSPHRASE}\nE\n");
    let _ = world.shell(&line).ok();
    let _ = world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FD", "0").input(PASSPHRASE).ok();
    assert!(world.all_signed());
    // The audit log's key is made from the agent's.
    let _ = world.with_passphrase(&["audit", "verify"]).ok();
}

#[test]
fn without_one_nothing_is_signed_and_the_ways_are_named() {
    let world = World::protected();
    for words in [
        &["api-key", "list", "--json"][..],
        &["audit", "verify", "--json"],
        &["api", "GET", "/v1/x", "--json"],
    ] {
        let outcome = world.leash(words).fails(4);
        assert_eq!(outcome.json()["code"], "locked");
        for way in ["leash --agent default key unlock", "LEASH_PASSPHRASE_FD", "LEASH_PASSPHRASE_FILE"] {
            outcome.assert_says(way);
        }
    }
    for word in ["unlock", "unprotect"] {
        let outcome = world.leash(&["key", word]).outcome();
        assert!(outcome.status == 4 || outcome.stderr.contains("keyrings"), "{outcome:?}");
    }
    let plain = World::new();
    plain.leash(&["key", "protect"]).fails(4).assert_says("LEASH_PASSPHRASE_FILE");
    assert!(!plain.is_encrypted() && world.is_encrypted());
    assert!(world.api.calls().is_empty());
}

#[test]
fn a_wrong_one_is_refused_and_asked_for_once() {
    let world = World::protected();
    for words in [&["api-key", "list", "--json"][..], &["key", "unprotect", "--json"]] {
        let outcome = world.leash(words).env("LEASH_PASSPHRASE_FILE", world.home.join("wrong")).fails(4);
        assert_eq!(outcome.json()["code"], "wrong_passphrase");
        outcome.assert_silent_about("incorrect");
    }
    assert!(world.is_encrypted() && world.api.calls().is_empty());
}

#[test]
fn one_that_others_could_have_read_or_put_there_is_refused() {
    let world = World::protected();
    for mode in [0o640, 0o604, 0o622] {
        world.home.chmod("passphrase", mode);
        world.with_passphrase(&["api-key", "list"]).fails(4).assert_says("chmod 600");
    }
    world.home.chmod("passphrase", 0o400);
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
    std::fs::create_dir(world.home.join("open")).unwrap();
    world.home.chmod("open", 0o777);
    std::fs::copy(world.home.join("passphrase"), world.home.join("open/passphrase")).unwrap();
    let file =
        |path: &str| world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FILE", world.home.join(path));
    file("open/passphrase").fails(4).assert_says("other users can write");
    file("nowhere").fails(4).assert_says("is not there");
    file("open").fails(4).assert_says("not a regular file");
    for number in ["99", "1", "2", "x", "-1", ""] {
        let outcome = world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FD", number).fails(4);
        assert!(number.is_empty() || outcome.stderr.contains("LEASH_PASSPHRASE_FD is"), "{outcome:?}");
    }
}

#[test]
fn a_new_one_can_be_typed() {
    let world = World::new();
    for bad in ["", "   ", "two\nlines", "tab\there"] {
        world.home.write_private("bad", bad);
        let _ =
            world.leash(&["key", "protect"]).env("LEASH_PASSPHRASE_FILE", world.home.join("bad")).fails(4);
    }
    assert!(!world.is_encrypted());
    world.home.write_private("short", "hunter2\n");
    let run = world.leash(&["key", "protect"]).env("LEASH_PASSPHRASE_FILE", world.home.join("short"));
    run.ok().assert_says("this passphrase is short");
}
