//! The executive key: how it is read, made, and used.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use leash_chain::Address;
use sha2::Sha256;
use zeroize::Zeroizing;

use leash_signature::{Envelope, Secret, SignError, SignHttp, SignatureHeaders};

/// The agent's executive key. It can't be printed or cloned, and is wiped when dropped.
pub struct Executive(pub(crate) SigningKey);

/// What the audit key is made from, beside the secret. Another text is another key, and old logs can't be verified.
const AUDIT_LABEL: &[u8] = b"leash audit v1";

/// Why a text is no key. None of these says anything of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither base58 nor a JSON array.
    #[error("it is neither base58 nor a JSON array of 64 numbers")]
    Form,
    /// The right form, but another number of bytes.
    #[error("it does not hold 64 bytes")]
    Length,
    /// The second half is not the public key of the first.
    #[error("its public half does not belong to its secret half")]
    Mismatch,
}

impl Executive {
    /// Reads a key: base58 of 64 bytes, or a JSON array of 64 numbers as `solana-keygen` writes it. The
    /// public half is computed again from the secret one.
    ///
    /// # Errors
    /// [`KeyError`], which never quotes the text.
    pub fn parse(text: &Secret<String>) -> Result<Self, KeyError> {
        let text = text.expose().trim();
        let mut bytes = Zeroizing::new([0_u8; 64]);
        if text.starts_with('[') {
            json_bytes(text, &mut bytes)?;
        } else {
            base58_bytes(text, &mut bytes)?;
        }
        let seed = Zeroizing::new(<[u8; 32]>::try_from(&bytes[..32]).map_err(|_| KeyError::Length)?);
        let key = SigningKey::from_bytes(&seed);
        if key.verifying_key().as_bytes()[..] != bytes[32..] {
            return Err(KeyError::Mismatch);
        }
        Ok(Self(key))
    }

    /// Makes a new key from the system's random source.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut seed[..])?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> Address {
        Address::new(self.0.verifying_key().to_bytes())
    }

    /// The key of this agent's audit log: HMAC-SHA256 of a fixed text under the secret half. It says nothing of
    /// the secret, and signs nothing.
    #[must_use]
    pub fn audit_key(&self) -> Secret<[u8; 32]> {
        // HMAC itself fills a shorter key up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.as_bytes());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(AUDIT_LABEL);
        Secret::new(mac.finalize().into_bytes().into())
    }

    /// The key as `agent.json` holds it: base58 of secret and public half.
    #[must_use]
    pub fn export(&self) -> Secret<String> {
        let bytes = Zeroizing::new(self.0.to_keypair_bytes());
        Secret::new(bs58::encode(&bytes[..]).into_string())
    }
}

impl SignHttp for Executive {
    fn sign_http(&self, request: &Envelope<'_>) -> Result<SignatureHeaders, SignError> {
        let signature = self.0.sign(request.text().as_bytes());
        Ok(SignatureHeaders {
            agent: request.agent.to_string(),
            timestamp: request.timestamp.to_owned(),
            signature: bs58::encode(signature.to_bytes()).into_string(),
        })
    }
}

/// Whether `signature` over `request` was made by the key of `public`.
#[must_use]
pub fn verify(public: &Address, request: &Envelope<'_>, signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public.as_bytes()).is_ok_and(|key| {
        use ed25519_dalek::Verifier as _;
        key.verify(request.text().as_bytes(), &Signature::from_bytes(signature)).is_ok()
    })
}

fn base58_bytes(text: &str, bytes: &mut [u8; 64]) -> Result<(), KeyError> {
    // 88 characters always suffice for 64 bytes; decoding takes quadratic time in the length.
    if text.len() > 88 {
        return Err(if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            KeyError::Length
        } else {
            KeyError::Form
        });
    }
    match bs58::decode(text).onto(&mut bytes[..]) {
        Ok(64) => Ok(()),
        Ok(_) | Err(bs58::decode::Error::BufferTooSmall) => Err(KeyError::Length),
        Err(_) => Err(KeyError::Form),
    }
}

/// By hand, since a JSON library's buffers would keep the secret's digits after the call.
fn json_bytes(text: &str, bytes: &mut [u8; 64]) -> Result<(), KeyError> {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).ok_or(KeyError::Form)?;
    let mut count = 0;
    for number in inner.split(',') {
        let number = number.trim_matches([' ', '\t', '\r', '\n']);
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) || number.len() > 3 {
            return Err(KeyError::Form);
        }
        *bytes.get_mut(count).ok_or(KeyError::Length)? = number.parse().map_err(|_| KeyError::Form)?;
        count += 1;
    }
    if count == 64 { Ok(()) } else { Err(KeyError::Length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Executive, KeyError> {
        Executive::parse(&Secret::new(text.to_owned()))
    }

    #[test]
    fn both_forms_are_the_same_key() {
        let key = Executive::generate().expect("randomness");
        let base58 = key.export();
        let array = format!("{:?}", key.0.to_keypair_bytes());
        assert_eq!(parse(base58.expose()).expect("base58").public(), key.public());
        assert_eq!(parse(&format!(" {array}\n")).expect("an array").public(), key.public());
    }

    #[test]
    fn the_audit_key_is_pinned() {
        let key = Executive(SigningKey::from_bytes(&[7; 32]));
        // printf 'leash audit v1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07
        let hex = base16ct::lower::encode_string(&key.audit_key().expose()[..]);
        assert_eq!(hex, "142266e28f211af73682050c554e09038757fc9fb10324ed1b08cb77a1a87f43");
        assert_ne!(key.audit_key().expose(), &[7; 32]);
    }

    #[test]
    fn a_wrong_key_is_refused_without_a_word_of_it() {
        let mut bytes = Executive::generate().expect("randomness").0.to_keypair_bytes();
        bytes[40] ^= 1;
        assert_eq!(parse(&bs58::encode(bytes).into_string()).err(), Some(KeyError::Mismatch));
        assert_eq!(parse(&bs58::encode(&bytes[..32]).into_string()).err(), Some(KeyError::Length));
        assert_eq!(parse("not a key").err(), Some(KeyError::Form));
        assert_eq!(parse("").err(), Some(KeyError::Length));
        assert_eq!(parse("[1,2,3]").err(), Some(KeyError::Length));
        assert_eq!(parse("[256]").err(), Some(KeyError::Form));
        assert_eq!(parse("[+1]").err(), Some(KeyError::Form));
        assert_eq!(parse("[").err(), Some(KeyError::Form));
        assert_eq!(parse(&"1".repeat(1_000_000)).err(), Some(KeyError::Length));
    }
}
