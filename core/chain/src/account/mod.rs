//! What the accounts on the chain that leash reads hold.

mod asset;
mod mint;
mod token;

pub use asset::{Asset, UpdateAuthority};
pub use mint::Mint;
pub use token::{Allowance, TokenAccount};

use crate::{Address, programs};

/// An account as the chain gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The program that owns it.
    pub owner: Address,
    /// Its lamports.
    pub lamports: u64,
    /// Its data.
    pub data: Vec<u8>,
}

/// Why an account is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// It belongs to another program.
    #[error("it belongs to {}", program(.0))]
    Owner(Address),
    /// Its data is not that of such an account.
    #[error("it holds no {0}")]
    Data(&'static str),
}

fn program(address: &Address) -> String {
    match programs::name(address) {
        Some(name) => format!("the program {name}"),
        None => format!("the program `{address}`"),
    }
}

impl Account {
    /// Whether it is a plain account of the system's, as a wallet or a treasury has it.
    ///
    /// # Errors
    /// [`AccountError`] where it isn't.
    pub fn system(&self) -> Result<u64, AccountError> {
        self.owned(&[programs::SYSTEM])?;
        if self.data.is_empty() { Ok(self.lamports) } else { Err(AccountError::Data("plain lamports")) }
    }

    /// Whether it is a record of the agent programs: an identity, a profile, or a delegation.
    ///
    /// # Errors
    /// [`AccountError`] where it isn't.
    pub fn record(&self) -> Result<(), AccountError> {
        self.owned(&[programs::AGENT_IDENTITY, programs::AGENT_TOOLS])?;
        // The first byte says what kind of record it is; 0 is one that was never written.
        if self.data.first().is_some_and(|kind| *kind != 0) {
            Ok(())
        } else {
            Err(AccountError::Data("record of an agent"))
        }
    }

    fn owned(&self, by: &[Address]) -> Result<(), AccountError> {
        if by.contains(&self.owner) { Ok(()) } else { Err(AccountError::Owner(self.owner)) }
    }
}

/// Both programs lay accounts out alike; Token-2022 may put extensions behind, and the account's kind before
/// them, where a multisignature (355 bytes) can't be mistaken for one.
fn is_token_data(data: &[u8], size: usize, kind: u8) -> bool {
    data.len() == size || (data.len() > 165 && data.len() != 355 && data[165] == kind)
}
