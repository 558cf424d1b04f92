//! `leash key unprotect`: the key back in the agent's file, in the clear, where the original client reads it too.

use leash_command::Host;
use leash_files::Paths;
use leash_identity::store;
use leash_output::{Error, escape};
use serde_json::json;

use crate::target::{Target, ask};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let target = Target::find(host)?;
    let (_, locked) = target.encrypted()?;
    let executive = ask(host, &locked)?;
    // From here on nobody else changes the file, so it is read again.
    let lock = target.lock()?;
    let (mut file, now) = target.encrypted()?;
    if now.sealed() != locked.sealed() {
        return Err(Error::failure("changed", "the file was changed in the meantime; it is as it was left")
            .hint("run the command again"));
    }
    file.executive_keypair = Some(executive.export());
    file.executive_sealed = None;
    store::update(&target.path, &file)?;
    drop(lock);
    // It would say no more than the file does now.
    let _ = leash_vault::keyring::clear(&executive.public());
    let document = json!({
        "kind": "key_unprotect", "status": "ok", "name": target.name,
        "executive_pubkey": executive.public().to_string(), "file": target.path.to_string_lossy(),
    });
    host.out.result(&document, || {
        format!(
            "the key of agent `{}` lies in the clear in {}: whoever reads the file is the agent",
            target.name,
            escape(&Paths::display(&target.path)),
        )
    })
}
