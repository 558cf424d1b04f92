//! `leash key lock`: the kernel forgets the key.

use leash_command::Host;
use leash_output::Error;
use leash_vault::keyring;
use serde_json::json;

use crate::target::{Held, Target};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let target = Target::find(host)?;
    target.tidy();
    let (_, held) = target.read()?;
    let (public, encrypted) = match &held {
        Held::Plain(executive) => (executive.public(), false),
        Held::Encrypted(locked) => (locked.public(), true),
    };
    let was_unlocked = match keyring::clear(&public) {
        Ok(cleared) => cleared,
        // What can't be kept isn't there.
        Err(error) if error.is(leash_vault::NO_KEYRING) => false,
        Err(error) => return Err(error),
    };
    if !encrypted {
        host.out.warn(&format!(
            "the key of agent `{0}` lies in the clear in its file: `leash --agent {0} key protect` encrypts it",
            target.name
        ));
    }
    let document = json!({
        "kind": "key_lock", "status": "ok", "name": target.name, "executive_pubkey": public.to_string(),
        "was_unlocked": was_unlocked,
    });
    host.out.result(&document, || {
        let name = &target.name;
        if was_unlocked {
            format!("the kernel has forgotten the key of agent `{name}`")
        } else {
            format!("the kernel didn't keep the key of agent `{name}`")
        }
    })
}
