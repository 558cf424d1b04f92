//! Keys that are locked, encrypted already or not at all, and passphrases that don't open them.

use leash_tests::Home;

use super::super::Transcript;
use crate::keys::{FILE, World};

#[test]
fn key_errors() {
    let world = World::new();
    let mut transcript = Transcript::of(&world.home);
    transcript.hide(&world.public, "[EXECUTIVE]");
    transcript.title("A key that isn't encrypted");
    for words in [
        &["key", "unprotect"][..],
        &["key", "unlock"],
        &["key", "change", "--new-passphrase-file", "passphrase"],
    ] {
        transcript.fails(world.with_passphrase(words));
    }
    transcript.fails(world.leash(&["key", "protect"]));
    world.home.write_private("blank", "  \n");
    transcript.fails(world.leash(&["key", "protect"]).env("LEASH_PASSPHRASE_FILE", world.home.join("blank")));

    let world = World::protected();
    transcript.hide(world.home.path().to_str().unwrap(), "[HOME]");
    transcript.hide(&world.public, "[EXECUTIVE]");
    transcript.title("A key that is encrypted");
    transcript.fails(world.leash(&["api-key", "list"]));
    transcript.fails(world.with_passphrase(&["key", "protect"]));
    for time in ["never", "0", "10000h"] {
        transcript.fails(world.with_passphrase(&["key", "unlock", "--for", time]));
    }
    let list =
        |file: &str| world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FILE", world.home.join(file));
    let _ = world.home.write("open", "x\n", 0o644);
    world.home.write_private("blank", "  \n");
    for file in ["wrong", "open", "blank", "nowhere", "."] {
        transcript.fails(list(file));
    }
    transcript.fails(world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FD", "99"));
    transcript.fails(world.leash(&["api-key", "list"]).env("LEASH_PASSPHRASE_FD", "x"));
    transcript.fails(world.with_passphrase(&["key", "change"]));
    transcript.fails(world.with_passphrase(&["key", "change", "--new-passphrase-file", "nowhere"]));

    transcript.title("A file that was tampered with");
    let good = world.file();
    let mut file = good.clone();
    file["executive_sealed"] =
        good["executive_sealed"].as_str().unwrap().replace("-----END", "AA\n-----END").into();
    world.home.write_private(FILE, &file.to_string());
    transcript.fails(world.with_passphrase(&["api-key", "list"]));
    file = good;
    file["executive_pubkey"] = leash_tests::AGENT_1.executive.into();
    world.home.write_private(FILE, &file.to_string());
    transcript.fails(world.with_passphrase(&["api-key", "list"]));

    transcript.title("A key that lies there twice, and one of an agent that is pending");
    let world = World::new();
    transcript.hide(world.home.path().to_str().unwrap(), "[HOME]");
    transcript.hide(&world.public, "[EXECUTIVE]");
    let mut file = world.file();
    file["note"] = file["executive_keypair"].clone();
    world.home.write_private(FILE, &file.to_string());
    transcript.fails(world.with_passphrase(&["key", "protect"]));
    file["note"] = serde_json::Value::Null;
    file["pending_register"] = serde_json::json!({ "executive_pubkey": world.public });
    world.home.write_private(FILE, &file.to_string());
    transcript.fails(world.with_passphrase(&["key", "protect"]));

    transcript.title("No agent, and one from the environment");
    let home = Home::new();
    transcript.fails(home.leash(["key", "protect"]));
    let environment = home.leash(["key", "protect"]).env("LEASH_AGENT_MINT", leash_tests::AGENT_1.mint);
    transcript.fails(environment.env("LEASH_EXECUTIVE_KEY", leash_tests::AGENT_1.key));
    transcript.assert("errors-keys");
}
