//! An address: 32 bytes, written in base58.

use std::{fmt, str::FromStr};

/// A Solana address (an account, a mint or a program): 32 bytes, written in base58.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; 32]);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A character outside base58's alphabet (`0`, `O`, `I` and `l` are left out of it).
    #[error("it is not base58")]
    NotBase58,
    /// Base58, but of another number of bytes.
    #[error("it does not decode to 32 bytes")]
    Length,
}

impl Address {
    /// The address of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The address that `text` writes, for constants: a text that is none doesn't compile.
    ///
    /// # Panics
    /// Where the text is no address.
    #[must_use]
    pub const fn constant(text: &str) -> Self {
        let (text, mut bytes) = (text.as_bytes(), [0_u8; 32]);
        let mut at = 0;
        while at < text.len() {
            let mut carry = digit(text[at]);
            let mut byte = 32;
            while byte > 0 {
                byte -= 1;
                carry += bytes[byte] as u32 * 58;
                bytes[byte] = (carry & 0xff) as u8;
                carry >>= 8;
            }
            assert!(carry == 0, "it does not decode to 32 bytes");
            at += 1;
        }
        // Each zero byte in front is written as a `1`.
        let (mut ones, mut zeros) = (0, 0);
        while ones < text.len() && text[ones] == b'1' {
            ones += 1;
        }
        while zeros < 32 && bytes[zeros] == 0 {
            zeros += 1;
        }
        assert!(ones == zeros, "it does not decode to 32 bytes");
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the bytes are a point of the ed25519 curve, as a public key's are. An address that a
    /// program derives is chosen off the curve, so that no key can sign for it.
    #[must_use]
    pub fn is_on_curve(&self) -> bool {
        curve25519_dalek::edwards::CompressedEdwardsY(self.0).decompress().is_some()
    }
}

const fn digit(character: u8) -> u32 {
    let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut value = 0;
    while alphabet[value as usize] != character {
        value += 1;
        assert!(value < 58, "it is not base58");
    }
    value
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // 44 characters always suffice; a longer text would cost quadratic time to decode.
        if text.len() > 44 {
            return Err(AddressError::Length);
        }
        let mut bytes = [0; 32];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            Ok(_) | Err(bs58::decode::Error::BufferTooSmall) => Err(AddressError::Length),
            Err(_) => Err(AddressError::NotBase58),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(&self.0).into_string())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_what_the_text_says() {
        for text in [
            "11111111111111111111111111111111",
            "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj",
            "1DREGFgysWYxLnRnKQnwrxnJQeSMk2HmGaC6whw2B2p",
        ] {
            assert_eq!(Address::constant(text).to_string(), text);
            assert_eq!(text.parse(), Ok(Address::constant(text)));
        }
    }

    #[test]
    #[should_panic = "32 bytes"]
    fn a_short_constant_is_none() {
        let _ = Address::constant("1111111111111111111111111111111");
    }

    #[test]
    fn reads_what_it_writes() {
        let text = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
        let address: Address = text.parse().expect("an address");
        assert_eq!(address.to_string(), text);
        assert_eq!("11111111111111111111111111111111".parse(), Ok(Address::new([0; 32])));
    }

    #[test]
    fn refuses_other_texts() {
        assert_eq!("0OIl".parse::<Address>(), Err(AddressError::NotBase58));
        assert_eq!("".parse::<Address>(), Err(AddressError::Length));
        assert_eq!("1".repeat(33).parse::<Address>(), Err(AddressError::Length));
        assert_eq!("z".repeat(44).parse::<Address>(), Err(AddressError::Length));
        assert_eq!("1".repeat(4_000_000).parse::<Address>(), Err(AddressError::Length));
    }
}
