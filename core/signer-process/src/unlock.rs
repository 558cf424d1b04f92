//! Opening a locked key, in the signer, once nobody can look into it.

use leash_identity::{Key as StoredKey, Locked};
use leash_output::Error;
use leash_signer::Executive;

use crate::{key::Key, ready::ToHost};

/// The key: the kernel keeps it, or the host asks for its passphrase.
///
/// # Errors
/// Where what was kept or typed is another key, or the host is gone.
pub(crate) fn unlock(key: StoredKey, host: &mut ToHost) -> Result<Key, Error> {
    match key {
        StoredKey::Open(executive) => Ok(executive.into()),
        StoredKey::Locked(locked) => {
            Ok(open(&locked, host)?.map_or_else(|| Key::Locked { hint: locked.hint() }, Key::from))
        }
    }
}

fn open(locked: &Locked, host: &mut ToHost) -> Result<Option<Executive>, Error> {
    if let Some((executive, _)) = leash_vault::unlocked(locked)? {
        return Ok(Some(executive));
    }
    let mut last = None;
    loop {
        // Where the host is gone, nobody hears this.
        let asked = host.ask(last.as_ref());
        let asked = asked.map_err(|error| Error::failure("signer", format!("the host is gone: {error}")))?;
        let Some(passphrase) = asked else { return Ok(None) };
        match leash_vault::open_with(locked, &passphrase) {
            Ok(executive) => return Ok(Some(executive)),
            Err(error) if error.is(leash_vault::WRONG_PASSPHRASE) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
}
