//! What ChaCha20-Poly1305 encrypts: the file key under the passphrase's key, and the payload.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit as _,
    aead::{AeadInOut as _, array::Array},
};
use zeroize::Zeroizing;

use super::{
    Fault,
    derive::Key,
    header::{BODY, FILE_KEY},
};

/// The most bytes of a chunk; a key fits into one many times over.
pub(crate) const MAX_PLAINTEXT: usize = 64 * 1024;
const TAG: usize = 16;
const MAX_PAYLOAD: usize = MAX_PLAINTEXT + TAG;
/// A key wraps one file key, ever, so its nonce is fixed.
const WRAP_NONCE: [u8; 12] = [0; 12];
/// The number of the first chunk, and the mark of the last.
const ONLY_CHUNK: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// Encrypts the file key.
pub(super) fn wrap(key: &Key, file_key: &[u8; FILE_KEY]) -> Result<[u8; BODY], Fault> {
    encrypt(key, WRAP_NONCE, file_key)?.as_slice().try_into().map_err(|_| Fault::Header)
}

/// Decrypts the file key, which fails where the passphrase is wrong.
pub(super) fn unwrap(key: &Key, body: &[u8; BODY]) -> Result<Zeroizing<[u8; FILE_KEY]>, Fault> {
    let bytes = decrypt(key, WRAP_NONCE, body).ok_or(Fault::Passphrase)?;
    let mut file_key = Zeroizing::new([0; FILE_KEY]);
    file_key.copy_from_slice(&bytes);
    Ok(file_key)
}

/// Encrypts the payload.
pub(super) fn seal(key: &Key, plaintext: &[u8]) -> Result<Vec<u8>, Fault> {
    if plaintext.len() > MAX_PLAINTEXT {
        return Err(Fault::Long);
    }
    encrypt(key, ONLY_CHUNK, plaintext)
}

/// Decrypts the payload.
pub(super) fn open(key: &Key, payload: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    match payload.len() {
        0..TAG => Err(Fault::Short),
        TAG..=MAX_PAYLOAD => decrypt(key, ONLY_CHUNK, payload).ok_or(Fault::Altered),
        _ => Err(Fault::Long),
    }
}

fn encrypt(key: &Key, nonce: [u8; 12], plaintext: &[u8]) -> Result<Vec<u8>, Fault> {
    // Room for the tag, so that no copy of the plaintext is left behind.
    let mut bytes = Vec::with_capacity(plaintext.len() + TAG);
    bytes.extend_from_slice(plaintext);
    let cipher = ChaCha20Poly1305::new(&Array(**key));
    cipher.encrypt_in_place(&Array(nonce), &[], &mut bytes).map_err(|_| Fault::Long)?;
    Ok(bytes)
}

fn decrypt(key: &Key, nonce: [u8; 12], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(bytes.to_vec());
    let cipher = ChaCha20Poly1305::new(&Array(**key));
    cipher.decrypt_in_place(&Array(nonce), &[], &mut *bytes).ok()?;
    Some(bytes)
}
