//! The text at the start of a file: version, stanza, and the code that authenticates both.

use base64ct::{Base64Unpadded, Encoding as _};

use super::Fault;

/// Bytes of the key that everything else in a file is encrypted with.
pub(super) const FILE_KEY: usize = 16;
/// Bytes of scrypt's salt.
pub(super) const SALT: usize = 16;
/// Bytes of the payload's nonce.
pub(super) const NONCE: usize = 16;
/// Bytes of the wrapped file key: the key and its tag.
pub(super) const BODY: usize = FILE_KEY + 16;
/// Bytes of the header's authentication code.
pub(super) const MAC: usize = 32;

const VERSION: &[u8] = b"age-encryption.org/v1\n";
const STANZA: &[u8] = b"-> ";
const SCRYPT: &[u8] = b"-> scrypt ";
const END: &[u8] = b"---";

/// The one stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) salt: [u8; SALT],
    pub(super) work_factor: u8,
    pub(super) body: [u8; BODY],
}

impl Header {
    /// The part of the text that the code covers: up to the three dashes.
    pub(super) fn authenticated_text(&self) -> String {
        let (salt, body) =
            (Base64Unpadded::encode_string(&self.salt), Base64Unpadded::encode_string(&self.body));
        format!("age-encryption.org/v1\n-> scrypt {salt} {}\n{body}\n---", self.work_factor)
    }
}

/// Ends the text with its code.
pub(super) fn push_mac(text: &mut Vec<u8>, mac: &[u8; MAC]) {
    text.push(b' ');
    text.extend_from_slice(Base64Unpadded::encode_string(mac).as_bytes());
    text.push(b'\n');
}

/// A file, taken apart.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) header: Header,
    pub(super) authenticated: &'a [u8],
    pub(super) mac: [u8; MAC],
    pub(super) payload: &'a [u8],
}

/// Takes a file apart. The work factor is checked here, before anything is spent on it.
pub(super) fn parse(file: &[u8], max_work_factor: u8) -> Result<Parts<'_>, Fault> {
    let rest = file.strip_prefix(VERSION).ok_or(Fault::Version)?;
    let (stanza, rest) = line(rest)?;
    let Some(arguments) = stanza.strip_prefix(SCRYPT) else {
        return Err(if stanza.starts_with(STANZA) { Fault::Recipient } else { Fault::Header });
    };
    let space = arguments.iter().position(|byte| *byte == b' ').ok_or(Fault::Header)?;
    let salt = base64(&arguments[..space])?;
    let work_factor = work_factor(&arguments[space + 1..], max_work_factor)?;
    let (body, rest) = line(rest)?;
    let body = base64(body)?;
    // A second stanza: a passphrase must be a file's only way in.
    let end = rest.strip_prefix(END).ok_or(Fault::Header)?;
    let authenticated = &file[..file.len() - end.len()];
    let (mac, payload) = line(end.strip_prefix(b" ").ok_or(Fault::Header)?)?;
    let header = Header { salt, work_factor, body };
    Ok(Parts { header, authenticated, mac: base64(mac)?, payload })
}

fn line(bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Fault::Header)?;
    Ok((&bytes[..end], &bytes[end + 1..]))
}

/// Exactly `N` bytes, written in the one way that there is to write them.
fn base64<const N: usize>(text: &[u8]) -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    match Base64Unpadded::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(Fault::Header),
    }
}

/// A decimal number without sign or leading zeros.
fn work_factor(text: &[u8], max: u8) -> Result<u8, Fault> {
    if text.is_empty() || text[0] == b'0' || !text.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Header);
    }
    let number = str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    match number {
        Some(number) if number <= max => Ok(number),
        _ => Err(Fault::WorkFactor(number)),
    }
}
