//! `leash key protect`: the key in the agent's file, encrypted. At every instant the file holds it in one form or
//! the other.

use std::{fs, os::unix::fs::MetadataExt as _};

use leash_command::Host;
use leash_files::{Paths, trust};
use leash_identity::{AgentFile, store};
use leash_output::{Error, escape};
use leash_signature::Secret;
use leash_signer::Executive;
use leash_vault::{open, passphrase, seal};
use serde_json::json;

use crate::{
    copies,
    target::{Held, Target},
};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let target = Target::find(host)?;
    // What a killed `unprotect` left beside an encrypted key may not be encrypted.
    target.tidy();
    // Nobody is asked for a passphrase that would then be of no use.
    plain(&target)?;
    let purpose = format!("agent `{}`", target.name);
    let obtained = passphrase::obtain(&purpose, true, &|path| trust::read(path, trust::Others::Nothing))?;
    if let Some(warning) = obtained.warning {
        host.out.warn(warning);
    }
    // From here on nobody else changes the file, so it is read again.
    let lock = target.lock()?;
    let (mut file, executive) = plain(&target)?;
    let progress = host.out.progress("encrypting the key");
    file.executive_sealed = Some(seal_checked(&executive, &obtained.passphrase)?);
    drop(progress);
    let key = executive.export();
    file.executive_keypair = None;
    file.executive_pubkey = Some(executive.public().to_string());
    refuse_second_copy(&file, &key)?;
    let names = fs::metadata(&target.path).map_or(1, |metadata| metadata.nlink());
    store::update(&target.path, &file)?;
    drop(lock);
    if names > 1 {
        host.out.warn("the file had another name (a hard link), under which the key still lies in the clear");
    }
    let copies = copies::of(host.paths()?, &target.path, &executive, &key);
    for copy in &copies {
        host.out
            .warn(&format!("`{}` still holds the same key in the clear: remove it", Paths::display(copy)));
    }
    let has_api_key = file.api_key.is_some();
    let document = json!({
        "kind": "key_protect", "status": "ok", "name": target.name,
        "executive_pubkey": executive.public().to_string(), "file": target.path.to_string_lossy(),
        "copies": copies.iter().map(|copy| copy.to_string_lossy()).collect::<Vec<_>>(),
        "api_key_in_clear": has_api_key,
    });
    host.out.result(&document, || {
        let mut text = format!(
            "the key of agent `{}` is encrypted in {}\nThe original TypeScript client can't read it: it will see no \
             agent there.\nBackups made before still hold the key in the clear. Who forgets the passphrase has lost \
             the key.",
            target.name,
            escape(&Paths::display(&target.path)),
        );
        if has_api_key {
            text.push_str("\nThe API key in the file isn't encrypted.");
        }
        text
    })
}

/// The file with its key, which must be in the clear.
fn plain(target: &Target) -> Result<(AgentFile, Executive), Error> {
    let (file, held) = target.read()?;
    let name = &target.name;
    let Held::Plain(executive) = held else {
        return Err(Error::failure(
            "already_protected",
            format!("the key of agent `{name}` is encrypted already"),
        )
        .hint(format!("for another passphrase: `leash --agent {name} key change`")));
    };
    if file.pending_register.is_some() {
        let message =
            format!("a registration of agent `{name}` is pending, and its key lies in the file as well");
        return Err(Error::failure("pending", message).hint("finish it first, with the client that began it"));
    }
    Ok((file, executive))
}

/// Encrypts the key, and makes sure that the passphrase opens what came of it.
pub(crate) fn seal_checked(executive: &Executive, passphrase: &Secret<String>) -> Result<String, Error> {
    let key = executive.export();
    let sealed = seal(&key, passphrase)?;
    if open(&sealed, passphrase)?.expose() == key.expose() {
        return Ok(sealed);
    }
    Err(Error::failure(
        "not_encrypted",
        "what was encrypted is something else when it is opened again; nothing was changed",
    )
    .hint("the machine's memory may be faulty; try again"))
}

/// A field that leash doesn't know could hold it too.
fn refuse_second_copy(file: &AgentFile, key: &Secret<String>) -> Result<(), Error> {
    if copies::contains(&file.to_bytes(), key.expose().as_bytes()) {
        let message =
            "the key lies in the file a second time, in a field that leash doesn't know; nothing was changed";
        return Err(
            Error::failure("second_copy", message).hint("take that field out of the file, and try again")
        );
    }
    Ok(())
}
