//! A system without the kernel's keyrings.

use std::time::Duration;

use leash_output::Error;
use zeroize::Zeroizing;

pub(super) fn available() -> Result<(), Error> {
    Err(Error::failure(crate::NO_KEYRING, "only Linux keeps a key unlocked without a daemon")
        .hint("leave it locked, and give the passphrase each time"))
}

pub(super) fn store(_name: &str, _payload: &[u8], _lasts: Duration) -> Result<(), Error> {
    available()
}

pub(super) fn load(_name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    Ok(None)
}

pub(super) fn clear(_name: &str) -> Result<bool, Error> {
    available().map(|()| false)
}
