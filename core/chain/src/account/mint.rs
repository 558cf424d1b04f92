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
}

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
        Self::decode(&account.data, account.owner).map_err(|_| wrong())?.ok_or_else(wrong)
    }

    fn decode(data: &[u8], program: Address) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(data);
        option(&mut reader)?;
        let (supply, decimals, initialised) = (reader.u64()?, reader.u8()?, reader.u8()?);
        let freeze_authority = option(&mut reader)?;
        Ok((initialised == 1).then_some(Self { program, supply, decimals, freeze_authority }))
    }
}
