//! The two other things that are written in base58: a signature and a blockhash.

use std::{fmt, str::FromStr};

use crate::{Address, AddressError};

/// An ed25519 signature: 64 bytes, written in base58. The first one of a transaction is its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// Why a text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not base58 of 64 bytes")]
pub struct SignatureError;

impl Signature {
    /// The signature of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Whether the key of `signer` made it over `message`. Strict: a signature that could be made into
    /// another one of the same message is none.
    #[must_use]
    pub fn verifies(&self, signer: &Address, message: &[u8]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&self.0);
        ed25519_dalek::VerifyingKey::from_bytes(signer.as_bytes())
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let mut bytes = [0; 64];
        // 88 characters always suffice; a longer text would cost quadratic time to decode.
        match bs58::decode(text).onto(&mut bytes) {
            Ok(64) if text.len() <= 88 => Ok(Self(bytes)),
            _ => Err(SignatureError),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(&self.0).into_string())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The hash of a recent block, which gives a transaction its short life.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Blockhash([u8; 32]);

impl Blockhash {
    /// The hash of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Blockhash {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // Written like an address.
        text.parse().map(|address: Address| Self(*address.as_bytes()))
    }
}

impl fmt::Display for Blockhash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Address::new(self.0), f)
    }
}

impl fmt::Debug for Blockhash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Blockhash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
