//! What is kept under a key's name: since when is of no interest, until when is, and the kernel tells nobody.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use leash_signature::Secret;
use zeroize::{Zeroize as _, Zeroizing};

use super::Unlocked;

const VERSION: &str = "leash 1 ";
/// The version, the digits of a time, and a line break.
const HEAD: usize = 8 + 20 + 1;

pub(super) fn write(key: &Secret<String>, until: SystemTime) -> Zeroizing<Vec<u8>> {
    let seconds = until.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // Room for all of it, so that it never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + key.expose().len()));
    bytes.extend_from_slice(format!("{VERSION}{seconds}\n").as_bytes());
    bytes.extend_from_slice(key.expose().as_bytes());
    bytes
}

pub(super) fn read(mut bytes: Zeroizing<Vec<u8>>) -> Option<Unlocked> {
    let rest = bytes.strip_prefix(VERSION.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let seconds = str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    let until = UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
    let key = rest[end + 1..].to_vec();
    bytes.zeroize();
    match String::from_utf8(key) {
        Ok(key) => Some(Unlocked { key: Secret::new(key), until }),
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn what_leash_did_not_write_is_not_read() {
        for bytes in
            ["", "leash 1 ", "leash 1 5", "leash 2 5\nkey", "leash 1 x\nkey", "leash 1 -5\nkey", "5\nkey"]
        {
            assert!(read(Zeroizing::new(bytes.as_bytes().to_vec())).is_none(), "{bytes:?}");
        }
        assert!(read(Zeroizing::new(b"leash 1 5\n\xff".to_vec())).is_none());
        assert!(read(Zeroizing::new(b"leash 1 18446744073709551615\nkey".to_vec())).is_none());
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(key: String, seconds in 0_u64..1 << 40) {
            let until = UNIX_EPOCH + Duration::from_secs(seconds);
            let bytes = write(&Secret::new(key.clone()), until);
            prop_assert!(bytes.len() <= HEAD + key.len());
            let unlocked = read(bytes).unwrap();
            prop_assert_eq!(unlocked.key.expose(), &key);
            prop_assert_eq!(unlocked.until, until);
        }

        #[test]
        fn never_panics(bytes in vec(any::<u8>(), 0..64)) {
            let _ = read(Zeroizing::new([b"leash 1 ", &bytes[..]].concat()));
        }
    }
}
