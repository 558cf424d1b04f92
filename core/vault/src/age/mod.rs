//! Files in the age format (age-encryption.org/v1) that a passphrase opens: one `scrypt` stanza, one chunk.
//!
//! That is all of the format that a key needs. The format's other half (public keys, plugins, streaming) is
//! refused, not misread.

mod chunk;
mod derive;
mod fault;
mod header;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

pub(crate) use chunk::MAX_PLAINTEXT;
pub(crate) use fault::Fault;
use header::{FILE_KEY, Header, NONCE, SALT};

/// What is new in every file, and may be used for one alone.
pub(crate) struct Random {
    file_key: Zeroizing<[u8; FILE_KEY]>,
    salt: [u8; SALT],
    nonce: [u8; NONCE],
}

impl Random {
    /// From the system's random source.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut random = Self { file_key: Zeroizing::new([0; FILE_KEY]), salt: [0; SALT], nonce: [0; NONCE] };
        getrandom::fill(&mut random.file_key[..])?;
        getrandom::fill(&mut random.salt)?;
        getrandom::fill(&mut random.nonce)?;
        Ok(random)
    }
}

/// A file of `plaintext`, which may have up to [`MAX_PLAINTEXT`] bytes.
pub(crate) fn encrypt(
    plaintext: &[u8],
    passphrase: &[u8],
    work_factor: u8,
    random: &Random,
) -> Result<Vec<u8>, Fault> {
    let wrap_key = derive::wrap_key(passphrase, &random.salt, work_factor)?;
    let body = chunk::wrap(&wrap_key, &random.file_key)?;
    let header = Header { salt: random.salt, work_factor, body };
    let mut file = header.authenticated_text().into_bytes();
    let mac = derive::mac(&random.file_key, &file)?;
    header::push_mac(&mut file, &mac);
    file.extend_from_slice(&random.nonce);
    file.extend(chunk::seal(&derive::payload_key(&random.file_key, &random.nonce)?, plaintext)?);
    Ok(file)
}

/// What is in a file, where it needs no more work than `max_work_factor` to find out.
pub(crate) fn decrypt(
    file: &[u8],
    passphrase: &[u8],
    max_work_factor: u8,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let parts = header::parse(file, max_work_factor)?;
    let wrap_key = derive::wrap_key(passphrase, &parts.header.salt, parts.header.work_factor)?;
    let file_key = chunk::unwrap(&wrap_key, &parts.header.body)?;
    derive::check_mac(&file_key, parts.authenticated, &parts.mac)?;
    let (nonce, payload) = parts.payload.split_first_chunk::<NONCE>().ok_or(Fault::Short)?;
    chunk::open(&derive::payload_key(&file_key, nonce)?, payload)
}
