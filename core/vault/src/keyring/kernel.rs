//! The kernel's keyrings, as keyrings(7) has them.

use std::time::Duration;

use leash_output::Error;
use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};
use zeroize::Zeroizing;

/// What a kernel without keyrings answers.
const ENOSYS: i32 = 38;

/// Nobody may change the key or give it more time, this user included.
fn permissions() -> linux_keyutils::KeyPermissions {
    let read = || Permission::VIEW | Permission::READ | Permission::SEARCH;
    // A process possesses a key that it reaches from its session; not every session has the user's keyring in it.
    KeyPermissionsBuilder::builder().posessor(read() | Permission::LINK).user(read()).build()
}

pub(super) fn available() -> Result<(), Error> {
    user_keyring()
        .and_then(|_| add("leash:probe", b"probe", Duration::from_secs(1)))
        .and_then(|probe| probe.read_to_vec().and(probe.invalidate()))
        .map_err(|error| if is_absent(error) { absent(error) } else { refused("be used", error) })
}

pub(super) fn store(name: &str, payload: &[u8], lasts: Duration) -> Result<(), Error> {
    let why = |error| if is_absent(error) { absent(error) } else { refused("keep the key", error) };
    let ring = user_keyring().map_err(why)?;
    let key = add(name, payload, lasts).map_err(why)?;
    // Displaces the one of that name in the same step.
    let linked = ring.link_key(key);
    // The thread's own link would keep a key alive that has been taken out.
    let unlinked = thread_keyring().and_then(|ring| ring.unlink_key(key));
    linked.and(unlinked).map_err(why)
}

pub(super) fn load(name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match find(name).and_then(|found| found.map(|key| key.read_to_vec()).transpose()) {
        Ok(bytes) => Ok(bytes.map(Zeroizing::new)),
        Err(error) if is_gone(error) || is_absent(error) => Ok(None),
        Err(error) => Err(refused("give the key", error)),
    }
}

pub(super) fn clear(name: &str) -> Result<bool, Error> {
    match find(name).and_then(|found| found.map(|key| key.invalidate()).transpose()) {
        Ok(cleared) => Ok(cleared.is_some()),
        Err(error) if is_gone(error) => Ok(false),
        Err(error) if is_absent(error) => Err(absent(error)),
        Err(error) => Err(refused("forget the key", error)),
    }
}

fn find(name: &str) -> Result<Option<Key>, KeyError> {
    match user_keyring()?.search(name) {
        Ok(key) => Ok(Some(key)),
        Err(error) if is_gone(error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a key that ends with this thread, unless it is linked elsewhere: whatever happens on the way, no key is left
/// without a time.
fn add(name: &str, payload: &[u8], lasts: Duration) -> Result<Key, KeyError> {
    let key = thread_keyring()?.add_key(name, payload)?;
    key.set_timeout(usize::try_from(lasts.as_secs()).unwrap_or(usize::MAX))?;
    key.set_perms(permissions())?;
    Ok(key)
}

fn thread_keyring() -> Result<KeyRing, KeyError> {
    KeyRing::from_special_id(KeyRingIdentifier::Thread, true)
}

fn user_keyring() -> Result<KeyRing, KeyError> {
    KeyRing::from_special_id(KeyRingIdentifier::User, true)
}

/// Not there, or not any more.
fn is_gone(error: KeyError) -> bool {
    matches!(error, KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked)
}

/// No system call of that name, or a filter that answers in the kernel's place.
fn is_absent(error: KeyError) -> bool {
    matches!(error, KeyError::Unknown(ENOSYS) | KeyError::PermissionDenied | KeyError::OperationNotSupported)
}

fn absent(error: KeyError) -> Error {
    let why = match error {
        KeyError::PermissionDenied => "they are forbidden here, as in most containers",
        _ => "this kernel has none",
    };
    Error::failure(crate::NO_KEYRING, format!("cannot use the kernel's keyrings: {why}"))
        .hint("leave the key locked, and give the passphrase each time: LEASH_PASSPHRASE_FD or LEASH_PASSPHRASE_FILE")
}

fn refused(what: &str, error: KeyError) -> Error {
    let why = match error {
        KeyError::QuotaExceeded => "this user keeps as many keys as allowed".to_owned(),
        KeyError::AccessDenied => "it denies access".to_owned(),
        KeyError::OutOfMemory => "it has no memory left".to_owned(),
        KeyError::Unknown(number) => std::io::Error::from_raw_os_error(number).to_string(),
        other => format!("{other:?}"),
    };
    Error::failure("keyring", format!("the kernel's keyring cannot {what}: {why}"))
        .hint("`cat /proc/keys` lists what it keeps; `leash key lock` takes leash's own out")
}
