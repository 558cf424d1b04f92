//! A transaction: a message, and the signatures that it has so far.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::wire::{Reader, put_length};
use crate::{Address, Message, Signature, WireError};

/// What fits in one packet, and so the largest transaction.
pub const MAX_BYTES: usize = 1_232;

/// The base64 of more than that isn't looked at.
const MAX_TEXT: usize = MAX_BYTES.div_ceil(3) * 4;

/// A message and its signatures, of which some may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    message: Message,
    /// One for each signer.
    signatures: Vec<Option<Signature>>,
}

impl Transaction {
    /// A transaction that nobody has signed.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] where it wouldn't fit a packet.
    pub fn unsigned(message: Message) -> Result<Self, WireError> {
        let signatures = vec![None; message.signers().len()];
        let transaction = Self { message, signatures };
        transaction.to_bytes()?;
        Ok(transaction)
    }

    /// What is signed.
    #[must_use]
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// The signatures, one for each signer.
    #[must_use]
    pub fn signatures(&self) -> &[Option<Signature>] {
        &self.signatures
    }

    /// What the chain calls it: the fee payer's signature.
    #[must_use]
    pub fn id(&self) -> Option<Signature> {
        self.signatures[0]
    }

    /// Who hasn't signed yet.
    pub fn missing(&self) -> impl Iterator<Item = &Address> {
        let signers = self.message.signers().iter().zip(&self.signatures);
        signers.filter(|(_, signature)| signature.is_none()).map(|(signer, _)| signer)
    }

    /// Whether everybody has signed, and every signature is right.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.missing().next().is_none() && self.wrong().is_none()
    }

    /// The first signer whose signature is there and wrong.
    #[must_use]
    pub fn wrong(&self) -> Option<&Address> {
        let Ok(bytes) = self.message.to_bytes() else { return self.message.signers().first() };
        let signers = self.message.signers().iter().zip(&self.signatures);
        signers
            .filter(|(signer, signature)| signature.is_some_and(|s| !s.verifies(signer, &bytes)))
            .map(|(signer, _)| signer)
            .next()
    }

    /// Puts a signature in its place; `false` where `signer` is none.
    pub fn put(&mut self, signer: &Address, signature: Signature) -> bool {
        let place = self.message.signers().iter().position(|known| known == signer);
        place.is_some_and(|place| {
            self.signatures[place] = Some(signature);
            true
        })
    }

    /// The bytes that are sent; a missing signature is 64 zeros.
    ///
    /// # Errors
    /// [`WireError::TooLarge`] where it doesn't fit a packet.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        let mut bytes = Vec::new();
        put_length(&mut bytes, self.signatures.len())?;
        for signature in &self.signatures {
            bytes.extend_from_slice(signature.map_or([0; 64], |s| *s.as_bytes()).as_slice());
        }
        bytes.extend_from_slice(&self.message.to_bytes()?);
        if bytes.len() > MAX_BYTES { Err(WireError::TooLarge) } else { Ok(bytes) }
    }

    /// Reads what [`Transaction::to_bytes`] writes. The signatures are not verified.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not exactly a transaction.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        if bytes.len() > MAX_BYTES {
            return Err(WireError::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        let signatures = (0..reader.length()?)
            .map(|_| reader.array().map(|bytes| (bytes != [0; 64]).then(|| Signature::new(bytes))))
            .collect::<Result<Vec<_>, _>>()?;
        let message = Message::from_bytes(reader.rest())?;
        if signatures.len() != message.signers().len() {
            return Err(WireError::Signatures);
        }
        Ok(Self { message, signatures })
    }

    /// The bytes as base64.
    ///
    /// # Errors
    /// As [`Transaction::to_bytes`].
    pub fn to_base64(&self) -> Result<String, WireError> {
        Ok(STANDARD.encode(self.to_bytes()?))
    }

    /// Reads base64.
    ///
    /// # Errors
    /// As [`Transaction::from_bytes`], and where it is not base64.
    pub fn from_base64(text: &str) -> Result<Self, WireError> {
        if text.len() > MAX_TEXT {
            return Err(WireError::TooLarge);
        }
        Self::from_bytes(&STANDARD.decode(text).map_err(|_| WireError::Base64)?)
    }
}
