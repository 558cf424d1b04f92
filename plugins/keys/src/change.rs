//! `leash key change`: another passphrase for a key that is encrypted. The key never lies in the clear for it.

use std::path::PathBuf;

use leash_command::Host;
use leash_files::{Paths, trust};
use leash_identity::store;
use leash_output::{Error, escape};
use leash_vault::passphrase;
use serde_json::json;

use crate::{
    protect::seal_checked,
    target::{Target, ask},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Read the new passphrase from this file (mode 600), and don't ask for it
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let target = Target::find(host)?;
    target.tidy();
    let (_, locked) = target.encrypted()?;
    let executive = ask(host, &locked)?;
    let purpose = format!("agent `{}`", target.name);
    let from = args.new_passphrase_file.as_deref();
    let read = |path: &std::path::Path| trust::read(path, trust::Others::Nothing);
    let obtained = passphrase::obtain_in_place(&purpose, from, &read).map_err(|error| {
        let nobody = error.is(leash_vault::NO_TERMINAL);
        if nobody { error.hint("and the new one: `--new-passphrase-file FILE`") } else { error }
    })?;
    if let Some(warning) = obtained.warning {
        host.out.warn(warning);
    }
    let progress = host.out.progress("encrypting the key");
    let sealed = seal_checked(&executive, &obtained.passphrase)?;
    drop(progress);
    // From here on nobody else changes the file, so it is read again.
    let lock = target.lock()?;
    let (mut file, now) = target.encrypted()?;
    if now.sealed() != locked.sealed() {
        return Err(Error::failure("changed", "the file was changed in the meantime; it is as it was left")
            .hint("run the command again"));
    }
    file.executive_sealed = Some(sealed);
    store::update(&target.path, &file)?;
    drop(lock);
    let document = json!({
        "kind": "key_change", "status": "ok", "name": target.name,
        "executive_pubkey": executive.public().to_string(), "file": target.path.to_string_lossy(),
    });
    host.out.result(&document, || {
        format!(
            "the key of agent `{}` is encrypted with the new passphrase in {}\nCopies of the file that were made before \
             are opened by the old one.",
            target.name,
            escape(&Paths::display(&target.path)),
        )
    })
}
