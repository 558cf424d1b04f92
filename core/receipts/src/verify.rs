//! Whether a chain of receipts is as it was written, one line at a time.

use std::fmt;

use leash_js::{Value, is_space, json, number};

use crate::{Shaped, receipt_hash};

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is not JSON.
    InvalidJson,
    /// It is JSON, and no receipt.
    InvalidSchema,
    /// Its nonce isn't its place: a receipt is missing, was added or moved.
    NonceMismatch,
    /// It doesn't name the receipt before it.
    PrevHashMismatch,
    /// It isn't what its hash was made of.
    ReceiptHashMismatch,
}

impl Reason {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::InvalidSchema => "invalid_schema",
            Self::NonceMismatch => "nonce_mismatch",
            Self::PrevHashMismatch => "prev_hash_mismatch",
            Self::ReceiptHashMismatch => "receipt_hash_mismatch",
        }
    }

    /// What it means, for a person.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::InvalidJson => "it is not JSON",
            Self::InvalidSchema => "it is JSON, but no receipt",
            Self::NonceMismatch => {
                "its nonce isn't its place: a receipt is missing before it, or was added or moved"
            }
            Self::PrevHashMismatch => {
                "it doesn't name the receipt before it: one was replaced, or this one comes from another chain"
            }
            Self::ReceiptHashMismatch => "something in it was changed: its hash is that of something else",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The first line that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The nonce that belongs there: the line's number, from 0.
    pub nonce: u64,
    /// What is wrong.
    pub reason: Reason,
}

/// A chain that is right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// How many receipts.
    pub count: u64,
    /// The hash of the last. Receipts cut off at the end leave no gap: compare count and head with earlier ones.
    pub head: Option<String>,
    /// How many of them have members that no receipt has, and no hash covers.
    pub with_extras: u64,
}

/// Goes through a chain, holding one line at a time.
#[derive(Debug, Default)]
pub struct Verifier {
    index: u64,
    so_far: Verified,
}

impl Verifier {
    /// At the beginning of a chain.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next line. An empty one is passed over, but has a place.
    ///
    /// # Errors
    /// What is wrong with it. Nothing after that can be judged.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let nonce = self.index;
        self.index += 1;
        let fault = |reason| Fault { nonce, reason };
        let text = std::str::from_utf8(bytes).map_err(|_| fault(Reason::InvalidJson))?;
        let text = text.trim_matches(|char: char| u16::try_from(u32::from(char)).is_ok_and(is_space));
        if text.is_empty() {
            return Ok(());
        }
        let value = json::parse(text.as_bytes()).map_err(|_| fault(Reason::InvalidJson))?;
        let Shaped { value, stripped } = Shaped::read(&value).ok_or(fault(Reason::InvalidSchema))?;
        let at = value.get("nonce").and_then(Value::as_number).map(number::print);
        if at != Some(nonce.to_string()) {
            return Err(fault(Reason::NonceMismatch));
        }
        let follows = match (value.get("prev_receipt_hash"), &self.so_far.head) {
            (Some(Value::Null), None) => true,
            (Some(Value::Text(prev)), Some(head)) => prev.is(head),
            _ => false,
        };
        if !follows {
            return Err(fault(Reason::PrevHashMismatch));
        }
        let expected = receipt_hash(&value);
        if !value.get("receipt_hash").and_then(Value::as_text).is_some_and(|hash| hash.is(&expected)) {
            return Err(fault(Reason::ReceiptHashMismatch));
        }
        self.so_far.count += 1;
        self.so_far.with_extras += u64::from(stripped);
        self.so_far.head = Some(expected);
        Ok(())
    }

    /// What was found right, up to here.
    #[must_use]
    pub fn so_far(&self) -> &Verified {
        &self.so_far
    }
}
