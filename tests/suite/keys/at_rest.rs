//! The agent's file: what `protect` and `unprotect` make of it, and what goes on working meanwhile.

use std::{fs, os::unix::fs::symlink};

use leash_tests::{AGENT_1, Keys, Running, Sandbox};
use serde_json::{Value, json};

use super::{FILE, PASSPHRASE, World, other_key};

#[test]
fn the_key_is_encrypted_and_all_else_is_as_it_was() {
    let world = World::new();
    let text = world.home.read(FILE).replacen(
        '{',
        r#"{ "huge": 123456789012345678901234567890, "deep": {"a": [1.00E2, {"b": 1.0}], "€": null}, "api_key": "lsh_test_x","#,
        1,
    );
    world.home.write_private(FILE, &text);
    let outcome = world.with_passphrase(&["key", "protect", "--json"]).ok();
    assert_eq!(outcome.json()["kind"], "key_protect");
    outcome.assert_silent_about(&world.key);
    outcome.assert_silent_about(PASSPHRASE);
    assert!(world.is_encrypted() && !world.key_is_somewhere());
    assert_eq!(world.home.mode(FILE), 0o600);
    let protected = world.home.read(FILE);
    assert!(protected.contains("\"huge\": 123456789012345678901234567890"), "{protected}");
    assert!(protected.contains(r#""deep": {"a": [1.00E2, {"b": 1.0}], "€": null}"#), "{protected}");
    let file: Value = serde_json::from_str(&protected).unwrap();
    assert_eq!(file["executive_pubkey"], world.public);
    assert_eq!((&file["agent_mint"], &file["api_key"]), (&json!(AGENT_1.mint), &json!("lsh_test_x")));
    assert_eq!(file["created_at"], "2026-11-23T04:14:40.000Z");

    let _ = world.with_passphrase(&["key", "unprotect"]).ok();
    assert!(!world.is_encrypted());
    let back = world.home.read(FILE);
    assert!(back.contains("123456789012345678901234567890") && back.contains("1.00E2"), "{back}");
}

#[test]
fn it_says_what_the_original_client_will_see() {
    let world = World::new();
    let outcome = world.with_passphrase(&["key", "protect"]).ok();
    assert!(
        outcome.stdout.contains("TypeScript client") && outcome.stdout.contains("no agent"),
        "{outcome:?}"
    );
}

#[test]
fn the_public_half_is_known_without_a_passphrase() {
    let world = World::protected();
    let shown = world.leash(&["agent", "show", "--json"]).ok().json();
    assert_eq!((&shown["executive_pubkey"], &shown["key"]), (&json!(world.public), &json!("encrypted")));
    assert_eq!(world.leash(&["agent", "list", "--json"]).ok().json()["items"][0]["key"], "encrypted");
    let _ = world.leash(&["audit", "show"]).ok();
    // What sends the API key signs nothing.
    let outcome = world.leash(&["api", "GET", "/v1/x", "--bearer"]).env("LEASH_API_KEY", "lsh_test_x").ok();
    assert_eq!(outcome.stderr, "");
    let status = world.leash(&["key", "status", "--json"]).ok().json();
    let item = &status["items"][0];
    assert_eq!((&item["at_rest"], &item["unlocked_until"]), (&json!("encrypted"), &Value::Null));
    let doctor = world.leash(&["doctor", "--json", "--timeout", "1"]).outcome().json();
    let check = |name: &str| {
        let checks = doctor["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap().clone()
    };
    assert!(check("key")["detail"].as_str().unwrap().contains("encrypted, and locked"), "{doctor}");
    assert_eq!(check("signature")["status"], "warn");
}

#[test]
fn what_is_done_already_or_cannot_be_done_is_said() {
    let world = World::new();
    for word in ["unprotect", "unlock"] {
        let outcome = world.with_passphrase(&["key", word, "--json"]).fails(1);
        assert_eq!(outcome.json()["code"], "not_protected");
    }
    let _ = world.with_passphrase(&["key", "protect"]).ok();
    let outcome = world.with_passphrase(&["key", "protect", "--json"]).fails(1);
    assert_eq!(
        (&outcome.json()["code"], &outcome.json()["kind"]),
        (&json!("already_protected"), &json!("key_protect"))
    );
    let environment = |words: &[&str]| {
        world
            .with_passphrase(words)
            .env("LEASH_AGENT_MINT", AGENT_1.mint)
            .env("LEASH_EXECUTIVE_KEY", AGENT_1.key)
    };
    for word in ["protect", "unprotect", "unlock", "lock"] {
        environment(&["key", word]).fails(4).assert_says("LEASH_EXECUTIVE_KEY");
        let _ = world.with_passphrase(&["--agent", "nobody", "key", word]).fails(4);
    }
    let status = environment(&["key", "status", "--json"]).ok().json();
    assert_eq!(
        (&status["items"][0]["at_rest"], &status["items"][0]["name"]),
        (&json!("environment"), &json!("environment"))
    );
    for time in ["0s", "25h", "x", "15", "-1m"] {
        let _ = world.with_passphrase(&["key", "unlock", "--for", time]).fails(2);
    }
}

#[test]
fn a_file_that_was_tampered_with_signs_nothing() {
    let world = World::protected();
    let good = world.file();
    let other = World::new();
    let mut swapped = good.clone();
    swapped["executive_pubkey"] = json!(other.public);
    let mut torn = good.clone();
    torn["executive_sealed"] =
        json!(good["executive_sealed"].as_str().unwrap().replace("-----END", "AA\n-----END"));
    let mut nameless = good.clone();
    nameless.as_object_mut().unwrap().remove("executive_pubkey");
    for (file, code) in [(swapped, "wrong_key"), (torn, "malformed_key"), (nameless, "bad_identity")] {
        world.home.write_private(FILE, &file.to_string());
        let outcome = world.with_passphrase(&["api-key", "list", "--json"]).fails(4);
        assert_eq!(outcome.json()["code"], code, "{outcome:?}");
    }
    assert!(world.api.calls().is_empty());
}

#[test]
fn a_link_stays_one_and_copies_are_named() {
    let world = World::new();
    let real = world.home.write_private("elsewhere/agent.json", &world.home.read(FILE));
    fs::remove_file(world.home.join(FILE)).unwrap();
    symlink(&real, world.home.join(FILE)).unwrap();
    let backup = world.home.write_private(".config/leash/agent.json.bak", &world.home.read(FILE));
    world.home.write_private(
        ".config/leash/agents/other.json",
        &format!(r#"{{"executive_keypair":"{}"}}"#, other_key().expose()),
    );
    // What a killed process of leash's left is removed, and what isn't leash's is named.
    let left = world.home.write_private("elsewhere/.agent.json.0123456789abcdef.tmp", &world.home.read(FILE));
    let outcome = world.with_passphrase(&["key", "protect", "--json"]).ok();
    assert_eq!(outcome.json()["copies"], json!([backup]));
    outcome.assert_says("agent.json.bak");
    assert!(fs::symlink_metadata(world.home.join(FILE)).unwrap().is_symlink() && !left.exists());
    fs::remove_file(backup).unwrap();
    assert!(world.is_encrypted() && !world.key_is_somewhere());
}

#[test]
fn a_key_that_lies_in_the_file_twice_is_not_half_encrypted() {
    let world = World::new();
    let mut file = world.file();
    file["note"] = json!(format!("my key is {}", world.key));
    world.home.write_private(FILE, &file.to_string());
    assert_eq!(world.with_passphrase(&["key", "protect", "--json"]).fails(1).json()["code"], "second_copy");
    assert_eq!(world.file(), file);
    file["note"] = Value::Null;
    file["pending_register"] = json!({ "executive_pubkey": world.public });
    world.home.write_private(FILE, &file.to_string());
    assert_eq!(world.with_passphrase(&["key", "protect", "--json"]).fails(1).json()["code"], "pending");
    assert_eq!(world.file(), file);
}

#[test]
fn export_import_and_remove_take_it_as_it_is() {
    let world = World::protected();
    let out = world.leash(&["agent", "export", "--out", "copy.json", "--json"]).ok();
    assert_eq!(out.json()["protected"], true);
    assert!(!world.key_is_somewhere());
    let _ = world.leash(&["agent", "import", "copy.json", "--name", "spare"]).ok();
    let _ = world.leash(&["agent", "use", "spare"]).ok();
    let shown = world.leash(&["agent", "show", "--json"]).ok().json();
    assert_eq!((&shown["name"], &shown["key"]), (&json!("spare"), &json!("encrypted")));
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
    assert!(world.all_signed());
    for (field, value) in
        [("executive_sealed", "x"), ("executive_pubkey", "x"), ("executive_keypair", world.key.as_str())]
    {
        let mut file = world.home.read_json("copy.json");
        file[field] = json!(value);
        world.home.write_private("bad.json", &file.to_string());
        let _ = world.leash(&["agent", "import", "bad.json", "--name", "bad"]).fails(4);
    }
    let _ = world.leash(&["agent", "remove", "spare", "--yes"]).ok();
    assert_eq!(world.leash(&["agent", "list", "--json"]).ok().json()["count"], 1);
}

#[test]
fn an_api_key_is_saved_beside_it() {
    let world = World::protected();
    let keys = Keys::of(AGENT_1);
    let api = keys.serve();
    let mut file = world.file();
    file["api_url"] = json!(api.url);
    world.home.write_private(FILE, &file.to_string());
    let _ = world.with_passphrase(&["api-key", "create", "--label", "x", "--save"]).ok();
    assert!(world.is_encrypted() && world.file()["api_key"].is_string());
    // Neither of two who change the file at once undoes what the other did.
    let _ = world.with_passphrase(&["key", "unprotect"]).ok();
    let protecting = Running::start(world.with_passphrase(&["key", "protect"]));
    let saved = world.with_passphrase(&["api-key", "create", "--label", "y", "--save", "--json"]).ok();
    assert_eq!(protecting.end().status, 0);
    assert!(world.is_encrypted() && !world.key_is_somewhere());
    assert_eq!(world.file()["api_key"], keys.plaintext(saved.json()["key"]["id"].as_str().unwrap()));
}

#[test]
fn the_sandbox_goes_on_with_an_agent_that_is_protected() {
    let sandbox = Sandbox::up();
    let home = &sandbox.home;
    let passphrase = home.write_private("passphrase", PASSPHRASE);
    let leash = |words: &[&str]| home.leash(words).env("LEASH_PASSPHRASE_FILE", &passphrase);
    let _ = leash(&["key", "protect"]).ok();
    let _ = leash(&["sandbox", "down"]).ok();
    let up = leash(&["sandbox", "up", "--json"]).ok().json();
    assert_eq!(up["agent_mint"].as_str(), Some(sandbox.mint.as_str()));
    let _ = leash(&["api-key", "create", "--label", "test", "--quiet"]).ok();
    assert!(home.read_json(".config/leash/agents/sandbox.json")["executive_sealed"].is_string());
}
