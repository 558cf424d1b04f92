//! Opening a locked key, in the signer, once nobody can look into it.

use leash_identity::{Key, Locked};
use leash_output::Error;
use leash_signer::Executive;

use crate::ready::ToHost;

/// The key, or how it could be had: the kernel keeps it, or the host asks for its passphrase.
pub(crate) fn unlock(key: Key, host: &mut ToHost) -> Result<Result<Executive, String>, Error> {
    match key {
        Key::Open(executive) => Ok(Ok(executive)),
        Key::Locked(locked) => open(&locked, host).map(|open| open.ok_or_else(|| locked.hint())),
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
