//! An MPL Core asset: its owner, who may change it, and what it says of itself. Plugins are not read.

use super::{Account, AccountError};
use crate::wire::{Reader, WireError};
use crate::{Address, programs};

/// Who may change an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateAuthority {
    /// Nobody.
    Nobody,
    /// This key.
    Key(Address),
    /// Whoever may change this collection.
    Collection(Address),
}

/// What an asset says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Whose it is.
    pub owner: Address,
    /// Who may change it.
    pub update_authority: UpdateAuthority,
    /// What it is called.
    pub name: String,
    /// Where it is described.
    pub uri: String,
}

impl Asset {
    /// Reads the account.
    ///
    /// # Errors
    /// [`AccountError`] where it isn't one.
    pub fn read(account: &Account) -> Result<Self, AccountError> {
        account.owned(&[programs::MPL_CORE])?;
        Self::decode(&account.data).ok().flatten().ok_or(AccountError::Data("asset"))
    }

    fn decode(data: &[u8]) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(data);
        // 1 is an asset; burnt ones and collections have other numbers.
        if reader.u8()? != 1 {
            return Ok(None);
        }
        let owner = reader.address()?;
        let update_authority = match reader.u8()? {
            0 => UpdateAuthority::Nobody,
            1 => UpdateAuthority::Key(reader.address()?),
            2 => UpdateAuthority::Collection(reader.address()?),
            _ => return Ok(None),
        };
        let (name, uri) = (reader.text()?.to_owned(), reader.text()?.to_owned());
        Ok(Some(Self { owner, update_authority, name, uri }))
    }
}
