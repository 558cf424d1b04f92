//! A key that is unlocked for a while, where the kernel keeps keys; and what is said where it doesn't.

use std::time::Duration;

use leash_test_needs::needs;
use leash_tests::{AGENT_1, Printed};
use leash_vault::keyring;
use serde_json::{Value, json};

use super::{FILE, World, other_key};

#[test]
fn where_the_kernel_keeps_no_keys_unlocking_says_what_to_do() {
    let world = World::protected_alone();
    let status = world.leash(&["key", "status", "--json"]).ok().json();
    assert_eq!(status["keyring"]["available"], keyring::available().is_ok());
    if keyring::available().is_ok() {
        let _ = world.with_passphrase(&["key", "unlock"]).ok();
        let _ = world.leash(&["key", "lock"]).ok();
        return;
    }
    let outcome = world.with_passphrase(&["key", "unlock", "--json"]).fails(1);
    assert_eq!(outcome.json()["code"], "no_keyring");
    outcome.assert_says("LEASH_PASSPHRASE_FILE");
    assert_eq!(world.leash(&["key", "lock", "--json"]).ok().json()["was_unlocked"], false);
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
}

#[needs("kernel keyring")]
#[test]
fn what_is_unlocked_signs_until_it_is_locked() {
    let world = World::protected_alone();
    let unlocked = world.with_passphrase(&["key", "unlock", "--for", "15m", "--json"]).ok().json();
    assert_eq!(unlocked["kind"], "key_unlock");
    let status = world.leash(&["key", "status", "--json"]).ok().json();
    assert_eq!(status["items"][0]["unlocked_until"], unlocked["unlocked_until"]);
    let _ = world.leash(&["api-key", "list"]).ok();
    assert!(world.all_signed());
    let doctor = world.leash(&["doctor"]).outcome();
    assert!(doctor.stdout.contains("unlocked until") && !doctor.stdout.contains("not tried"), "{doctor:?}");
    assert_eq!(world.leash(&["key", "lock", "--json"]).ok().json()["was_unlocked"], true);
    let _ = world.leash(&["api-key", "list"]).fails(4);
    assert_eq!(world.leash(&["key", "lock", "--json"]).ok().json()["was_unlocked"], false);
}

/// Another agent is the default, and its key is none of this.
#[needs("kernel keyring")]
#[test]
fn what_is_printed_to_lock_it_again_locks_it() {
    let world = World::protected_alone();
    let buyer = ".config/leash/agents/buyer.json";
    world.home.write_private(buyer, &world.file().to_string());
    world.home.write_private(FILE, &AGENT_1.file(&world.api.url).to_string());
    let unlocked = world.with_passphrase(&["--agent", "buyer", "key", "unlock"]).ok();
    let Printed(command) = unlocked.printed_with("key lock");
    let locked = world.shell(&format!("{command} --json")).ok().json();
    assert_eq!((&locked["name"], &locked["was_unlocked"]), (&json!("buyer"), &json!(true)), "{command}");
    // What some program put there is taken out by the same command.
    let address = world.public.parse().unwrap();
    keyring::store(&address, &other_key(), Duration::from_secs(600)).unwrap();
    let refused = world.with_passphrase(&["--agent", "buyer", "api-key", "list"]).fails(4);
    let Printed(command) = refused.printed_with("key lock");
    assert_eq!(world.shell(&format!("{command} --json")).ok().json()["was_unlocked"], true, "{command}");
    assert!(keyring::load(&address).unwrap().is_none());
}

#[needs("kernel keyring")]
#[test]
fn a_key_that_is_another_ones_is_refused() {
    let world = World::protected_alone();
    let address = world.public.parse().unwrap();
    keyring::store(&address, &other_key(), Duration::from_secs(600)).unwrap();
    for words in [&["api-key", "list", "--json"][..], &["audit", "verify", "--json"]] {
        let outcome = world.with_passphrase(words).fails(4);
        assert_eq!(outcome.json()["code"], "wrong_key");
        outcome.assert_says("key lock");
    }
    assert!(world.api.calls().is_empty());
    let status = world.leash(&["key", "status", "--json"]).ok().json();
    let item = &status["items"][0];
    assert_eq!((&item["unlocked_until"], item["problem"].is_string()), (&Value::Null, true));
    assert_eq!(world.leash(&["key", "lock", "--json"]).ok().json()["was_unlocked"], json!(true));
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
}

#[needs("kernel keyring")]
#[test]
fn removing_an_agent_or_its_protection_locks_it() {
    let world = World::protected_alone();
    let address = world.public.parse().unwrap();
    let _ = world.with_passphrase(&["key", "unlock"]).ok();
    let _ = world.with_passphrase(&["key", "unprotect"]).ok();
    assert!(keyring::load(&address).unwrap().is_none());
    let _ = world.with_passphrase(&["key", "protect"]).ok();
    let _ = world.with_passphrase(&["key", "unlock"]).ok();
    let _ = world.leash(&["agent", "remove", "default", "--yes"]).ok();
    assert!(keyring::load(&address).unwrap().is_none());
}
