//! Publishers' keys: ed25519, for releases and nothing else. The public half is written `ed25519:` and base58, and is
//! short enough to be its own fingerprint.

use std::{fmt, path::Path, str::FromStr};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::{Error, Kind};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::Release;

const PREFIX: &str = "ed25519:";
const KIND: &str = "leash_publisher_key";

/// The public half of a publisher's key.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(VerifyingKey);

/// A publisher's key. It can't be printed or cloned, and is wiped when dropped.
pub struct PublisherKey(SigningKey);

/// The file of one.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    kind: String,
    v: u32,
    public: PublicKey,
    secret: String,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl PublicKey {
    /// Whether a signature, in base58, is this key's for a release.
    #[must_use]
    pub fn verifies(&self, release: &Release, signature: &str) -> bool {
        let mut bytes = [0; 64];
        // Anything longer is no signature, and would take time that grows with its square.
        signature.len() <= 90
            && bs58::decode(signature).onto(&mut bytes) == Ok(64)
            && self.0.verify_strict(&release.statement(), &Signature::from_bytes(&bytes)).is_ok()
    }
}

impl PublisherKey {
    /// Makes a key, and writes it to a file that isn't there yet (0600).
    ///
    /// # Errors
    /// Where there is something of that name, or the file can't be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut seed[..])
            .map_err(|error| Error::failure("no_randomness", format!("no key can be made: {error}")))?;
        let key = Self(SigningKey::from_bytes(&seed));
        let file = KeyFile {
            kind: KIND.to_owned(),
            v: 1,
            public: key.public(),
            secret: bs58::encode(&seed[..]).into_string(),
        };
        let mut text = Zeroizing::new(Vec::with_capacity(512));
        serde_json::to_writer_pretty(&mut *text, &file)
            .map_err(|error| Error::failure("internal", error.to_string()))?;
        text.push(b'\n');
        atomic::write_new(path, &text).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::failure(
                "exists",
                format!("`{}` is there already, and stays as it is", Paths::display(path)),
            )
            .hint("name a file that isn't there, or sign with that key: `--key-file`"),
            _ => Error::io("write", path, &error),
        })?;
        Ok(key)
    }

    /// Reads a key from its file, which nobody else may read.
    ///
    /// # Errors
    /// Where it is open to others or no publisher's key; none says anything of the secret.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let shown = Paths::display(path);
        let bytes = trust::read(path, Others::Nothing)
            .map_err(|error| Error::failure(error.code().to_owned(), error.message()).hint(error.hints()))?
            .ok_or_else(|| {
                Error::failure("no_key", format!("there is no file `{shown}`"))
                    .hint(format!("make a key: `leash plugin sign --new-key {}`", Paths::typed(path)))
            })?;
        let wrong = |what: &str| {
            Error::failure("bad_key", format!("`{shown}` is no publisher's key: {what}")).hint(
                "make one with `leash plugin sign --new-key FILE`; an agent's key is never used for this",
            )
        };
        let file: KeyFile = serde_json::from_slice(&bytes).map_err(|_| wrong("it has another form"))?;
        if file.kind != KIND || file.v != 1 {
            return Err(wrong("it is of another kind"));
        }
        let mut seed = Zeroizing::new([0; 32]);
        if file.secret.len() > 64 || bs58::decode(&file.secret).onto(&mut seed[..]) != Ok(32) {
            return Err(wrong("its secret is not base58 of 32 bytes"));
        }
        let key = Self(SigningKey::from_bytes(&seed));
        if key.public() == file.public { Ok(key) } else { Err(wrong("its halves don't belong together")) }
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a release; in base58.
    #[must_use]
    pub fn sign(&self, release: &Release) -> String {
        bs58::encode(self.0.sign(&release.statement()).to_bytes()).into_string()
    }
}

/// The refusal of a signature that isn't one.
pub(crate) fn bad_signature(what: &str) -> Error {
    Error::new(
        Kind::Negative,
        "bad_signature",
        format!("{what}: the publisher's signature is not for this archive"),
    )
    .hint("get it again from where its author publishes it; if it stays so, tell the author")
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", bs58::encode(self.0.as_bytes()).into_string())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for PublisherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("REDACTED")
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no publisher's key: `ed25519:` and 32 bytes in base58");
        let mut bytes = [0; 32];
        let encoded = text.strip_prefix(PREFIX).filter(|encoded| encoded.len() <= 48).ok_or_else(wrong)?;
        if bs58::decode(encoded).onto(&mut bytes) != Ok(32) {
            return Err(wrong());
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong())?;
        // A weak key verifies signatures that nobody made.
        if key.is_weak() { Err(wrong()) } else { Ok(Self(key)) }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, size: u64) -> Release {
        Release::check("a", version, "any", &"ab".repeat(32), size).expect("a release")
    }

    #[test]
    fn a_signature_is_for_one_release() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("key");
        let key = PublisherKey::create(&path).expect("a key");
        assert!(PublisherKey::create(&path).is_err());
        let key_again = PublisherKey::read(&path).expect("the same");
        assert_eq!(key.public(), key_again.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        assert_eq!(format!("{key:?}"), "REDACTED");

        let signature = key.sign(&release("1.0.0", 1));
        assert!(key.public().verifies(&release("1.0.0", 1), &signature));
        for (other, signature) in [
            (release("1.0.1", 1), signature.clone()),
            (release("1.0.0", 2), signature.clone()),
            (Release { name: "b".into(), ..release("1.0.0", 1) }, signature.clone()),
            (Release { platform: "linux-x86_64".into(), ..release("1.0.0", 1) }, signature.clone()),
            (release("1.0.0", 1), String::new()),
            (release("1.0.0", 1), "1".repeat(64)),
            (release("1.0.0", 1), "1".repeat(1_000_000)),
            (release("1.0.0", 1), signature[1..].to_owned()),
        ] {
            assert!(!key.public().verifies(&other, &signature));
        }
    }

    #[test]
    fn weak_keys_are_no_keys() {
        // The neutral element: any message has a signature under it.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        for bytes in [[0; 32], neutral] {
            let text = format!("ed25519:{}", bs58::encode(bytes).into_string());
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
    }
}
