//! A token's mint.

use super::{Account, AccountError, is_token_data, token::option};
use crate::wire::{Reader, WireError};
use crate::{Address, programs};

/// What a mint says of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mint {
    /// The program that keeps it.
    pub program: Address,
    /// How much of it there is.
    pub supply: u64,
    /// How many decimals it has.
    pub decimals: u8,
    /// Who may freeze accounts.
    pub freeze_authority: Option<Address>,
    /// What the mint itself takes out of each transfer, in hundredths of a per cent: the higher of what is taken now and
    /// what was announced.
    pub transfer_fee_bps: u16,
    /// The program that each transfer has to call.
    pub transfer_hook: Option<Address>,
}

/// Where the extensions of Token-2022 begin.
const EXTENSIONS: usize = 166;
const TRANSFER_FEE: u16 = 1;
const TRANSFER_HOOK: u16 = 14;

impl Mint {
    /// Reads the account.
    ///
    /// # Errors
    /// [`AccountError`] where it isn't one.
    pub fn read(account: &Account) -> Result<Self, AccountError> {
        account.owned(&[programs::TOKEN, programs::TOKEN_2022])?;
        let wrong = || AccountError::Data("mint");
        if !is_token_data(&account.data, 82, 1) {
            return Err(wrong());
        }
        let mut mint = Self::decode(&account.data, account.owner).map_err(|_| wrong())?.ok_or_else(wrong)?;
        mint.extend(account.data.get(EXTENSIONS..).unwrap_or_default()).map_err(|_| wrong())?;
        Ok(mint)
    }

    /// Whether a transfer delivers what is sent and calls nothing else.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.transfer_fee_bps == 0 && self.transfer_hook.is_none()
    }

    /// Takes in the extensions, of which each has a kind, a length and its data.
    fn extend(&mut self, data: &[u8]) -> Result<(), WireError> {
        let mut reader = Reader::new(data);
        // What is left over at the end is too short for another one, or zeros.
        while reader.rest().len() >= 4 {
            let (kind, length) = (reader.u16()?, reader.u16()?);
            let mut extension = Reader::new(reader.bytes(length.into())?);
            match kind {
                0 => break,
                TRANSFER_FEE => {
                    let _authorities = (extension.address()?, extension.address()?, extension.u64()?);
                    for _ in 0..2 {
                        let (_epoch, max, bps) = (extension.u64()?, extension.u64()?, extension.u16()?);
                        self.transfer_fee_bps = self.transfer_fee_bps.max(if max == 0 { 0 } else { bps });
                    }
                }
                TRANSFER_HOOK => {
                    let _authority = extension.address()?;
                    // An address of zeros means that no hook is set.
                    self.transfer_hook =
                        Some(extension.address()?).filter(|program| *program.as_bytes() != [0; 32]);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn decode(data: &[u8], program: Address) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(data);
        option(&mut reader)?;
        let (supply, decimals, initialised) = (reader.u64()?, reader.u8()?, reader.u8()?);
        let freeze_authority = option(&mut reader)?;
        let mint =
            Self { program, supply, decimals, freeze_authority, transfer_fee_bps: 0, transfer_hook: None };
        Ok((initialised == 1).then_some(mint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mint(extensions: &[u8]) -> Result<Mint, AccountError> {
        let mut data = vec![0; 166];
        data[44] = 6;
        data[45] = 1;
        data[165] = 1;
        data.extend_from_slice(extensions);
        Mint::read(&Account { owner: programs::TOKEN_2022, lamports: 1, data })
    }

    fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).expect("a length");
        [&kind.to_le_bytes(), &length.to_le_bytes(), data].concat()
    }

    fn fee(older: (u64, u16), newer: (u64, u16)) -> Vec<u8> {
        let mut data = vec![7; 72];
        for (max, bps) in [older, newer] {
            data.extend_from_slice(&[0; 8]);
            data.extend_from_slice(&max.to_le_bytes());
            data.extend_from_slice(&bps.to_le_bytes());
        }
        extension(TRANSFER_FEE, &data)
    }

    fn hook(program: u8) -> Vec<u8> {
        extension(TRANSFER_HOOK, &[[5; 32], [program; 32]].concat())
    }

    #[test]
    fn a_mint_that_takes_nothing_and_calls_nothing_is_plain() {
        assert!(mint(&[]).expect("a mint").is_plain());
        let other = extension(19, b"metadata");
        let quiet = [other.clone(), fee((0, 0), (0, 0)), hook(0), vec![0; 3]].concat();
        assert!(mint(&quiet).expect("a mint").is_plain());
        // A fee that is capped at zero takes nothing.
        assert!(mint(&fee((0, 100), (0, 100))).expect("a mint").is_plain());
    }

    #[test]
    fn a_fee_and_a_hook_are_found_behind_other_extensions() {
        let other = extension(19, b"metadata");
        for (older, newer) in [((9, 100), (0, 0)), ((0, 0), (9, 100))] {
            let read = mint(&[other.clone(), fee(older, newer)].concat()).expect("a mint");
            assert_eq!((read.transfer_fee_bps, read.is_plain()), (100, false));
        }
        let read = mint(&[other, hook(8)].concat()).expect("a mint");
        assert_eq!((read.transfer_hook, read.is_plain()), (Some(Address::new([8; 32])), false));
    }

    #[test]
    fn extensions_that_are_cut_off_are_an_error() {
        let whole = fee((9, 100), (9, 100));
        for length in 4..whole.len() {
            assert!(mint(&whole[..length]).is_err(), "{length}");
        }
        assert!(mint(&extension(TRANSFER_FEE, &[0; 20])).is_err());
    }
}
