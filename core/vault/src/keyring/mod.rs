//! A decrypted key, kept by the kernel for a while.
//!
//! There is no daemon: the key lies in memory of the kernel's that is never swapped out, under the name
//! `leash:<public half>` in the *user* keyring. That one is shared by all terminals, logins and jobs of a user, and
//! by nobody else; a session's keyring ends with its login and is unknown to the next terminal, and a persistent one
//! outlasts logging out, which is more than was asked for. The kernel forgets the key at the end of its time.
//!
//! What this doesn't do: keep the key from other processes of the same user. Each of them may read it.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod kernel;
mod payload;

use std::time::{Duration, SystemTime};

use leash_chain::Address;
use leash_output::Error;
use leash_signature::Secret;

#[cfg(not(target_os = "linux"))]
use absent as kernel;

/// A key that is unlocked.
#[derive(Debug)]
pub struct Unlocked {
    /// The key, as it was stored. Whether it is the agent's is for the caller to check: any process of this user
    /// can put something else in its place.
    pub key: Secret<String>,
    /// When it is locked again.
    pub until: SystemTime,
}

/// Whether this kernel keeps keys, tried with one that is gone at once.
///
/// # Errors
/// `no_keyring`, with the reason: a kernel without keyrings, or a container that doesn't let programs use them.
pub fn available() -> Result<(), Error> {
    kernel::available()
}

/// Keeps a key, in the place of the one that was kept under this name; until when. It is never there without its
/// time running.
///
/// # Errors
/// `no_keyring`, or `keyring` where the kernel refuses (this user has too many keys, for one).
pub fn store(executive: &Address, key: &Secret<String>, lasts: Duration) -> Result<SystemTime, Error> {
    let lasts = Duration::from_secs(lasts.min(crate::duration::MAX).as_secs().max(1));
    let until = SystemTime::now() + lasts;
    kernel::store(&name(executive), &payload::write(key, until), lasts)?;
    Ok(until)
}

/// The key that is kept, if one is and its time isn't over. Where there is no keyring there is no key.
///
/// # Errors
/// `keyring` where the kernel keeps it and doesn't give it, or what it gives was not put there by leash.
pub fn load(executive: &Address) -> Result<Option<Unlocked>, Error> {
    let Some(payload) = kernel::load(&name(executive))? else { return Ok(None) };
    let unlocked = payload::read(payload).ok_or_else(|| {
        Error::failure(
            "keyring",
            "what the kernel keeps under the name of this key was not put there by leash",
        )
        .hint("`leash key lock` takes it out")
    })?;
    Ok(Some(unlocked).filter(|unlocked| unlocked.until > SystemTime::now()))
}

/// Forgets a key before its time. Whether there was one.
///
/// # Errors
/// `no_keyring`, or `keyring` where the kernel refuses.
pub fn clear(executive: &Address) -> Result<bool, Error> {
    kernel::clear(&name(executive))
}

fn name(executive: &Address) -> String {
    format!("leash:{executive}")
}
