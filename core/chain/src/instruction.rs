//! An instruction: a program, the accounts it is given, and data.

use crate::Address;

/// An account of an instruction, and what the instruction may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Meta {
    /// Which account.
    pub address: Address,
    /// Whether its key must have signed.
    pub signer: bool,
    /// Whether it may be changed.
    pub writable: bool,
}

impl Meta {
    /// An account that is only read.
    #[must_use]
    pub const fn reads(address: Address) -> Self {
        Self { address, signer: false, writable: false }
    }

    /// An account that is changed.
    #[must_use]
    pub const fn writes(address: Address) -> Self {
        Self { address, signer: false, writable: true }
    }

    /// The same account, as one that signs.
    #[must_use]
    pub const fn signs(self) -> Self {
        Self { signer: true, ..self }
    }
}

/// One instruction of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Who carries it out.
    pub program: Address,
    /// What it is given, in the order that the program defines.
    pub accounts: Vec<Meta>,
    /// What it is told.
    pub data: Vec<u8>,
}

impl Instruction {
    /// An instruction.
    #[must_use]
    pub fn new(program: Address, accounts: impl Into<Vec<Meta>>, data: impl Into<Vec<u8>>) -> Self {
        Self { program, accounts: accounts.into(), data: data.into() }
    }
}
