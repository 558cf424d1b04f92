//! The keys of a file: from the passphrase to the key that wraps the file key, and from that to all others.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use scrypt::Params;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{
    Fault,
    header::{FILE_KEY, MAC, NONCE, SALT},
};

const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// scrypt's block size.
const BLOCK_SIZE: u32 = 8;
/// The bytes of one such block, one of which is kept for each step.
const BLOCK: usize = 128 * 8;

pub(super) type Key = Zeroizing<[u8; 32]>;

/// Stretches the passphrase: 2^`work_factor` steps, and as many KiB of memory.
pub(super) fn wrap_key(passphrase: &[u8], salt: &[u8; SALT], work_factor: u8) -> Result<Key, Fault> {
    let params = Params::new(work_factor, BLOCK_SIZE, 1).map_err(|_| Fault::WorkFactor(Some(work_factor)))?;
    let bytes = 1_usize.checked_shl(u32::from(work_factor)).and_then(|steps| steps.checked_mul(BLOCK));
    // scrypt itself would abort the process. Nothing is touched here, so this costs next to nothing.
    Vec::<u8>::new().try_reserve_exact(bytes.ok_or(Fault::Memory)?).map_err(|_| Fault::Memory)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase, &[SALT_LABEL, salt].concat(), &params, &mut key[..])
        .map_err(|_| Fault::Header)?;
    Ok(key)
}

/// The code that authenticates the header.
pub(super) fn mac(file_key: &[u8; FILE_KEY], authenticated: &[u8]) -> Result<[u8; MAC], Fault> {
    Ok(hmac(file_key, authenticated)?.finalize().into_bytes().into())
}

/// Whether the header is the one that was written.
pub(super) fn check_mac(
    file_key: &[u8; FILE_KEY],
    authenticated: &[u8],
    mac: &[u8; MAC],
) -> Result<(), Fault> {
    hmac(file_key, authenticated)?.verify_slice(mac).map_err(|_| Fault::Altered)
}

fn hmac(file_key: &[u8; FILE_KEY], authenticated: &[u8]) -> Result<Hmac<Sha256>, Fault> {
    let mut hmac =
        Hmac::new_from_slice(&expand(None, file_key, b"header")?[..]).map_err(|_| Fault::Header)?;
    hmac.update(authenticated);
    Ok(hmac)
}

/// The key of the payload.
pub(super) fn payload_key(file_key: &[u8; FILE_KEY], nonce: &[u8; NONCE]) -> Result<Key, Fault> {
    expand(Some(nonce), file_key, b"payload")
}

fn expand(salt: Option<&[u8]>, file_key: &[u8; FILE_KEY], label: &[u8]) -> Result<Key, Fault> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(salt, file_key).expand(label, &mut key[..]).map_err(|_| Fault::Header)?;
    Ok(key)
}
