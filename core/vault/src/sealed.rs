//! The executive key as a text that only its passphrase opens.

use leash_output::{Error, Kind};
use leash_signature::Secret;
use pem_rfc7468::LineEnding;
use zeroize::Zeroize as _;

use crate::age::{self, Fault, MAX_PLAINTEXT, Random};

/// How much work a guess of the passphrase takes: 2^18 steps of scrypt and 256 MiB of memory, about a second of
/// one core. It is also what the `age` program writes.
pub const WORK_FACTOR: u8 = 18;
/// The most work that is spent on opening: 2^20 steps, 1 GiB, some four seconds. A file that asks for more could
/// hold a machine up for hours.
pub const MAX_WORK_FACTOR: u8 = 20;

const LABEL: &str = "AGE ENCRYPTED FILE";
const FIRST_LINE: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
/// Base64 of the longest payload, and a generous header.
const MAX_TEXT: usize = MAX_PLAINTEXT / 3 * 4 + 8 * 1024;

/// Encrypts a secret with a passphrase: a file in the age format, as ASCII text of some ten lines. `age --decrypt`
/// opens it too.
///
/// # Errors
/// [`Kind::Failure`] where the passphrase is empty, the secret is longer than 64 KiB, or the system has no
/// randomness or memory to give.
pub fn seal(secret: &Secret<String>, passphrase: &Secret<String>) -> Result<String, Error> {
    seal_with(secret, passphrase, WORK_FACTOR)
}

fn seal_with(secret: &Secret<String>, passphrase: &Secret<String>, work_factor: u8) -> Result<String, Error> {
    if passphrase.expose().is_empty() {
        return Err(Error::failure("empty_passphrase", "the passphrase is empty").hint("choose another one"));
    }
    let random = Random::new().map_err(|error| {
        Error::failure("no_randomness", format!("the system gives no random bytes: {error}"))
    })?;
    let (secret, passphrase) = (secret.expose().as_bytes(), passphrase.expose().as_bytes());
    let file = age::encrypt(secret, passphrase, work_factor, &random).map_err(|fault| match fault {
        Fault::Memory => no_memory(work_factor),
        Fault::Long => Error::failure("secret_too_long", "the secret is longer than 64 KiB"),
        _ => Error::failure("not_encrypted", "the secret could not be encrypted"),
    })?;
    pem_rfc7468::encode_string(LABEL, LineEnding::LF, &file)
        .map_err(|_| Error::failure("not_encrypted", "the secret could not be encrypted"))
}

/// Whether a text looks like what [`open`] opens, as far as can be seen without a passphrase.
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    let text = text.trim_ascii();
    text.starts_with(FIRST_LINE)
        && text.len() <= MAX_TEXT
        && matches!(pem_rfc7468::decode_vec(text.as_bytes()), Ok((LABEL, _)))
}

/// Decrypts what [`seal`], or `age --encrypt --passphrase --armor`, has made.
///
/// # Errors
/// [`Kind::Identity`]: `wrong_passphrase`, `work_factor` where it asks for more work than [`MAX_WORK_FACTOR`],
/// `no_memory`, or `malformed_key`. None of them says anything of the secret or the passphrase.
pub fn open(sealed: &str, passphrase: &Secret<String>) -> Result<Secret<String>, Error> {
    let sealed = sealed.trim_ascii();
    if !sealed.starts_with(FIRST_LINE) {
        return Err(malformed("it is no text in the age format"));
    }
    if sealed.len() > MAX_TEXT {
        return Err(malformed("it is longer than a key can be"));
    }
    let Ok((LABEL, file)) = pem_rfc7468::decode_vec(sealed.as_bytes()) else {
        return Err(malformed("its lines are not as the age format has them"));
    };
    let mut bytes = age::decrypt(&file, passphrase.expose().as_bytes(), MAX_WORK_FACTOR).map_err(why)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Secret::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(malformed("what it holds is not text"))
        }
    }
}

fn why(fault: Fault) -> Error {
    let what = match fault {
        Fault::Passphrase => {
            let message = "the passphrase is wrong, or the encrypted key was altered";
            return Error::new(Kind::Identity, crate::WRONG_PASSPHRASE, message)
                .hint("try again: `leash key unlock` asks for the passphrase");
        }
        Fault::WorkFactor(number) => {
            let number = number.map_or_else(|| "far too high".to_owned(), |number| number.to_string());
            let message = format!(
                "the encrypted key's work factor is {number}, and leash spends at most {MAX_WORK_FACTOR}"
            );
            return Error::new(Kind::Identity, "work_factor", message)
                .hint("if you trust it, decrypt it with `age --decrypt`, then `leash agent import` and `leash key protect`");
        }
        Fault::Memory => return no_memory(MAX_WORK_FACTOR),
        Fault::Version => "it is not in version 1 of the age format",
        Fault::Recipient => "it is encrypted for something else than a passphrase",
        Fault::Header => "its header is not as the age format has it",
        Fault::Altered => "it was altered",
        Fault::Short => "its end is missing",
        Fault::Long => "it is longer than a key can be",
    };
    malformed(what)
}

fn malformed(what: &str) -> Error {
    Error::new(Kind::Identity, "malformed_key", format!("cannot read the encrypted key: {what}"))
        .hint("put back a copy of the agent's file from before it was damaged")
}

fn no_memory(work_factor: u8) -> Error {
    let mebibytes = (1_u64 << work_factor) / 1024;
    let message = format!(
        "there is not enough memory to turn the passphrase into a key, which takes up to {mebibytes} MiB"
    );
    Error::new(Kind::Identity, "no_memory", message)
        .hint("close other programs, or raise this process's limit: `ulimit -v`")
}

#[cfg(test)]
mod tests;
