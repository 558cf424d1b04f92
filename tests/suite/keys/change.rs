//! Another passphrase for a key that is encrypted.

use super::{
    FILE, PASSPHRASE, World,
    asked::{ASKED, answer, desk},
};

const NEW: &str = "another one that is long enough";

/// With the new passphrase in a file.
fn with_new(world: &World, words: &[&str]) -> leash_tests::Run {
    let _ = world.home.write_private("new", &format!("{NEW}\n"));
    world.leash(words).env("LEASH_PASSPHRASE_FILE", world.home.join("new"))
}

#[test]
fn the_new_one_opens_the_key_and_the_old_one_does_not() {
    let world = World::protected();
    let before = world.file();
    let _ = with_new(&world, &["key", "status"]).ok();
    let words = ["key", "change", "--new-passphrase-file", "new", "--json"];
    let document = world.with_passphrase(&words).ok().json();
    assert_eq!(
        (&document["kind"], &document["executive_pubkey"]),
        (&"key_change".into(), &world.public.clone().into())
    );
    assert!(world.is_encrypted() && !world.key_is_somewhere());
    let mut after = world.file();
    assert_ne!(after["executive_sealed"], before["executive_sealed"]);
    after["executive_sealed"] = before["executive_sealed"].clone();
    assert_eq!(after, before);
    world.with_passphrase(&["api-key", "list"]).fails(4).assert_says("the passphrase is wrong");
    let _ = with_new(&world, &["api-key", "list"]).ok();
    assert!(world.all_signed());
}

#[test]
fn it_is_asked_for_twice_and_never_shown() {
    let world = World::protected();
    let mut terminal = desk(&world, "leash key change; echo status=$?");
    answer(&mut terminal, ASKED, 1, PASSPHRASE);
    answer(&mut terminal, "new passphrase for agent `default`: ", 1, NEW);
    answer(&mut terminal, "the same again: ", 1, NEW);
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=0") && screen.contains("are opened by the old one"), "{screen}");
    assert!(!screen.contains(NEW) && !screen.contains(PASSPHRASE), "{screen}");
    let _ = with_new(&world, &["api-key", "list"]).ok();
}

#[test]
fn whatever_is_wrong_changes_nothing() {
    let world = World::protected();
    let before = world.home.read(FILE);
    let _ = world.home.write_private("new", NEW);
    let _ = world.home.write_private("blank", "  \n");
    let _ = world.home.write("open", NEW, 0o644);
    let words = |file| ["key", "change", "--new-passphrase-file", file];
    for file in ["blank", "open", "nowhere"] {
        let _ = world.with_passphrase(&words(file)).fails(4);
    }
    let wrong = world.leash(&words("new")).env("LEASH_PASSPHRASE_FILE", world.home.join("wrong")).fails(4);
    wrong.assert_says("the passphrase is wrong");
    // Nobody can be asked for the new one, or for the old one.
    world.with_passphrase(&["key", "change"]).fails(4).assert_says("--new-passphrase-file");
    let _ = world.leash(&words("new")).fails(4);
    assert_eq!(world.home.read(FILE), before);
    let plain = World::new();
    let _ = plain.home.write_private("new", NEW);
    plain.with_passphrase(&words("new")).fails(1).assert_says("isn't encrypted");
    assert!(!plain.is_encrypted());
}
