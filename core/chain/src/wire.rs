//! Reading and writing bytes as Solana does, strictly: whatever could be written in two ways is taken in one.

use crate::Address;

/// Why bytes are no transaction, message or account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// There is less than was announced.
    #[error("it ends too early")]
    Short,
    /// There is more than was announced.
    #[error("something follows after its end")]
    Trailing,
    /// A length that is not written in the shortest way, or beyond 65,535.
    #[error("a length is not written as it must be")]
    Length,
    /// More than a packet holds.
    #[error("it has more than {} bytes", crate::MAX_BYTES)]
    TooLarge,
    /// A version that isn't known.
    #[error("it is of version {0}, which isn't known")]
    Version(u8),
    /// Another number of signatures than the message asks for.
    #[error("it has another number of signatures than signers")]
    Signatures,
    /// More signers, or read-only accounts, than accounts.
    #[error("its header doesn't fit its accounts")]
    Header,
    /// An instruction names an account, or a program, that isn't there.
    #[error("an instruction names an account that isn't there")]
    Index,
    /// An account stands in the list twice.
    #[error("an account stands in it twice")]
    Duplicate,
    /// Not base64.
    #[error("it is not base64")]
    Base64,
    /// More accounts or instructions than can be counted.
    #[error("it has too many accounts")]
    TooMany,
}

/// Reads bytes from front to back.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn address(&mut self) -> Result<Address, WireError> {
        self.array().map(Address::new)
    }

    /// A length in one to three bytes of seven bits each, the lowest first ("compact-u16").
    pub(crate) fn length(&mut self) -> Result<usize, WireError> {
        let mut value = 0_usize;
        for place in 0..3 {
            let byte = self.u8()?;
            value |= usize::from(byte & 0x7f) << (place * 7);
            if byte & 0x80 == 0 {
                // A zero at the end could have been left out.
                let shortest = byte != 0 || place == 0;
                return if shortest && value <= usize::from(u16::MAX) {
                    Ok(value)
                } else {
                    Err(WireError::Length)
                };
            }
        }
        Err(WireError::Length)
    }

    /// A text as borsh writes it.
    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        let length = usize::try_from(self.u32()?).map_err(|_| WireError::Short)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| WireError::Length)
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) const fn end(&self) -> Result<(), WireError> {
        if self.0.is_empty() { Ok(()) } else { Err(WireError::Trailing) }
    }
}

/// Writes a length as [`Reader::length`] reads it.
pub(crate) fn put_length(bytes: &mut Vec<u8>, length: usize) -> Result<(), WireError> {
    let mut rest = u16::try_from(length).map_err(|_| WireError::TooMany)?;
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_has_one_form() {
        for length in 0..=usize::from(u16::MAX) {
            let mut bytes = Vec::new();
            put_length(&mut bytes, length).expect("a length");
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.length(), Ok(length));
            assert!(reader.end().is_ok());
        }
        assert_eq!(put_length(&mut Vec::new(), 65_536), Err(WireError::TooMany));
        for long in [&[0x80, 0][..], &[0x81, 0], &[0xff, 0x80, 0], &[0xff, 0xff, 4], &[0xff, 0xff, 0xff]] {
            assert_eq!(Reader::new(long).length(), Err(WireError::Length), "{long:?}");
        }
        assert_eq!(Reader::new(&[0x80]).length(), Err(WireError::Short));
    }
}
