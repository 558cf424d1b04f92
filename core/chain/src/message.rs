//! What is signed: accounts, a blockhash, and instructions that name the accounts by number.

use std::collections::HashSet;

use crate::wire::{Reader, put_length};
use crate::{Address, Blockhash, Instruction, Meta, WireError};

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// The first form, without a number.
    Legacy,
    /// Version 0, which can look accounts up in tables on the chain.
    V0,
}

/// A table on the chain of which accounts are taken; what they are can't be seen in the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Where the table is.
    pub table: Address,
    /// Which entries may be changed.
    pub writable: Vec<u8>,
    /// Which entries are only read.
    pub readonly: Vec<u8>,
}

/// An instruction as it is written: program and accounts by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiled {
    pub(crate) program: u8,
    pub(crate) accounts: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// A message whose parts fit together: the header its accounts, the instructions too, and no account twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub(crate) version: Version,
    /// How many of the accounts sign, how many of those are only read, and how many of the others are.
    pub(crate) header: [u8; 3],
    pub(crate) accounts: Vec<Address>,
    pub(crate) blockhash: Blockhash,
    pub(crate) instructions: Vec<Compiled>,
    pub(crate) lookups: Vec<Lookup>,
}

impl Message {
    /// How it is written.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Who pays the fee: the first account.
    #[must_use]
    pub fn fee_payer(&self) -> Address {
        self.accounts[0]
    }

    /// Whose signatures it needs, in order.
    #[must_use]
    pub fn signers(&self) -> &[Address] {
        &self.accounts[..usize::from(self.header[0])]
    }

    /// The block after which it lives for a minute or so.
    #[must_use]
    pub const fn blockhash(&self) -> Blockhash {
        self.blockhash
    }

    /// The tables that it looks accounts up in.
    #[must_use]
    pub fn lookups(&self) -> &[Lookup] {
        &self.lookups
    }

    /// All accounts that stand in it, and what the whole message may do with each.
    #[must_use]
    pub fn metas(&self) -> Vec<Meta> {
        (0..self.accounts.len()).map(|index| self.meta(index)).collect()
    }

    fn meta(&self, index: usize) -> Meta {
        let [signers, readonly_signers, readonly] = self.header.map(usize::from);
        let signer = index < signers;
        let writable =
            if signer { index < signers - readonly_signers } else { index < self.accounts.len() - readonly };
        Meta { address: self.accounts[index], signer, writable }
    }

    /// Its instructions, with what the message may do with each account. `None` for an account stands for one
    /// that is looked up in a table.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Address, Vec<Option<Meta>>, &[u8])> {
        self.instructions.iter().map(|instruction| {
            let accounts = instruction.accounts.iter().map(|index| {
                let index = usize::from(*index);
                (index < self.accounts.len()).then(|| self.meta(index))
            });
            (self.accounts[usize::from(instruction.program)], accounts.collect(), &instruction.data[..])
        })
    }

    /// Its instructions, or `None` where one of them uses an account that is looked up in a table.
    #[must_use]
    pub fn instructions(&self) -> Option<Vec<Instruction>> {
        self.steps()
            .map(|(program, accounts, data)| {
                let accounts: Option<Vec<Meta>> = accounts.into_iter().collect();
                Some(Instruction { program, accounts: accounts?, data: data.to_vec() })
            })
            .collect()
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// Where something is longer than can be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WireError> {
        let mut bytes = Vec::new();
        if self.version == Version::V0 {
            bytes.push(0x80);
        }
        bytes.extend_from_slice(&self.header);
        put_length(&mut bytes, self.accounts.len())?;
        for account in &self.accounts {
            bytes.extend_from_slice(account.as_bytes());
        }
        bytes.extend_from_slice(self.blockhash.as_bytes());
        put_length(&mut bytes, self.instructions.len())?;
        for instruction in &self.instructions {
            bytes.push(instruction.program);
            for list in [&instruction.accounts, &instruction.data] {
                put_length(&mut bytes, list.len())?;
                bytes.extend_from_slice(list);
            }
        }
        if self.version == Version::V0 {
            put_length(&mut bytes, self.lookups.len())?;
            for lookup in &self.lookups {
                bytes.extend_from_slice(lookup.table.as_bytes());
                for list in [&lookup.writable, &lookup.readonly] {
                    put_length(&mut bytes, list.len())?;
                    bytes.extend_from_slice(list);
                }
            }
        }
        Ok(bytes)
    }

    /// Reads a message. What this takes, [`Message::to_bytes`] writes again byte for byte.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not exactly a message.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let first = reader.u8()?;
        let (version, signers) = match first {
            0x80 => (Version::V0, reader.u8()?),
            0x81.. => return Err(WireError::Version(first & 0x7f)),
            signers => (Version::Legacy, signers),
        };
        let header = [signers, reader.u8()?, reader.u8()?];
        let accounts = (0..reader.length()?).map(|_| reader.address()).collect::<Result<_, _>>()?;
        let blockhash = Blockhash::new(reader.array()?);
        let mut instructions = Vec::new();
        for _ in 0..reader.length()? {
            let program = reader.u8()?;
            instructions.push(Compiled { program, accounts: list(&mut reader)?, data: list(&mut reader)? });
        }
        let mut lookups = Vec::new();
        if version == Version::V0 {
            for _ in 0..reader.length()? {
                let table = reader.address()?;
                lookups.push(Lookup { table, writable: list(&mut reader)?, readonly: list(&mut reader)? });
            }
        }
        reader.end()?;
        let message = Self { version, header, accounts, blockhash, instructions, lookups };
        message.check()?;
        Ok(message)
    }

    fn check(&self) -> Result<(), WireError> {
        let [signers, readonly_signers, readonly] = self.header.map(usize::from);
        let others = self.accounts.len().checked_sub(signers).ok_or(WireError::Header)?;
        // The first account pays, so it is changed.
        if readonly_signers >= signers || readonly > others {
            return Err(WireError::Header);
        }
        if self.accounts.iter().collect::<HashSet<_>>().len() != self.accounts.len() {
            return Err(WireError::Duplicate);
        }
        let looked_up: usize = self.lookups.iter().map(|l| l.writable.len() + l.readonly.len()).sum();
        let known = self.accounts.len() + looked_up;
        if known > 256 {
            return Err(WireError::TooMany);
        }
        for instruction in &self.instructions {
            // The payer can't be a program, and no program is looked up.
            let program = usize::from(instruction.program);
            let missing = instruction.accounts.iter().any(|index| usize::from(*index) >= known);
            if program == 0 || program >= self.accounts.len() || missing {
                return Err(WireError::Index);
            }
        }
        Ok(())
    }
}

fn list(reader: &mut Reader<'_>) -> Result<Vec<u8>, WireError> {
    let length = reader.length()?;
    Ok(reader.bytes(length)?.to_vec())
}
