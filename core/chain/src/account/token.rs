//! A token account: who owns how much, and who else may spend of it.

use super::{Account, AccountError, is_token_data};
use crate::wire::{Reader, WireError};
use crate::{Address, programs};

/// What somebody else may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Who.
    pub delegate: Address,
    /// How much is left of it.
    pub amount: u64,
}

/// What a token account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAccount {
    /// Of which token.
    pub mint: Address,
    /// Whose it is.
    pub owner: Address,
    /// How much, in atomic units.
    pub amount: u64,
    /// What somebody else may spend.
    pub allowance: Option<Allowance>,
    /// Whether the token's authority has frozen it.
    pub frozen: bool,
    /// Who else may close it.
    pub close_authority: Option<Address>,
}

impl TokenAccount {
    /// Reads the account.
    ///
    /// # Errors
    /// [`AccountError`] where it isn't one.
    pub fn read(account: &Account) -> Result<Self, AccountError> {
        account.owned(&[programs::TOKEN, programs::TOKEN_2022])?;
        let wrong = || AccountError::Data("token account");
        if !is_token_data(&account.data, 165, 2) {
            return Err(wrong());
        }
        Self::decode(&account.data).map_err(|_| wrong())?.ok_or_else(wrong)
    }

    fn decode(data: &[u8]) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(data);
        let (mint, owner, amount) = (reader.address()?, reader.address()?, reader.u64()?);
        let delegate = option(&mut reader)?;
        let state = reader.u8()?;
        let _native = (reader.u32()?, reader.u64()?);
        let delegated = reader.u64()?;
        let close_authority = option(&mut reader)?;
        let allowance = delegate.map(|delegate| Allowance { delegate, amount: delegated });
        let known = matches!(state, 1 | 2);
        Ok(known.then_some(Self { mint, owner, amount, allowance, frozen: state == 2, close_authority }))
    }
}

/// An address that may be missing, in a place that is always there.
pub(super) fn option(reader: &mut Reader<'_>) -> Result<Option<Address>, WireError> {
    let (tag, address) = (reader.u32()?, reader.address()?);
    match tag {
        0 => Ok(None),
        1 => Ok(Some(address)),
        _ => Err(WireError::Length),
    }
}
