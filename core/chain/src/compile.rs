//! From instructions to a message: who signs, what is changed, and in which order the accounts stand.

use std::cmp::Ordering;

use crate::message::Compiled;
use crate::{Address, Blockhash, Instruction, Message, Meta, Version, WireError};

/// In which order the accounts of one class stand. The chain takes any; each is that of a library, so that the
/// same transaction has the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they are first used, a program before its accounts (umi and web3.js).
    FirstSeen,
    /// By their text, case aside; of two that differ in case alone, the lower case first (`@solana/kit`).
    Text,
}

/// Writes instructions as a message.
///
/// # Errors
/// [`WireError::TooMany`] where there are more than 256 accounts.
pub fn compile(
    version: Version,
    order: Order,
    fee_payer: &Address,
    instructions: &[Instruction],
    blockhash: Blockhash,
) -> Result<Message, WireError> {
    let mut metas = merge(fee_payer, instructions);
    if order == Order::Text {
        metas[1..].sort_by_cached_key(|meta| TextKey(meta.address.to_string()));
    }
    // The payer stays in front: it signs and is changed, and sorting is stable.
    metas[1..].sort_by_key(|meta| (!meta.signer, !meta.writable));
    let accounts: Vec<Address> = metas.iter().map(|meta| meta.address).collect();
    let index = |address: &Address| {
        let index = accounts.iter().position(|account| account == address);
        index.and_then(|index| u8::try_from(index).ok()).ok_or(WireError::TooMany)
    };
    let compiled = instructions
        .iter()
        .map(|instruction| {
            Ok(Compiled {
                program: index(&instruction.program)?,
                accounts: instruction
                    .accounts
                    .iter()
                    .map(|meta| index(&meta.address))
                    .collect::<Result<_, _>>()?,
                data: instruction.data.clone(),
            })
        })
        .collect::<Result<_, WireError>>()?;
    let count = |class: fn(&Meta) -> bool| {
        u8::try_from(metas.iter().filter(|meta| class(meta)).count()).map_err(|_| WireError::TooMany)
    };
    let header = [
        count(|meta| meta.signer)?,
        count(|meta| meta.signer && !meta.writable)?,
        count(|meta| !meta.signer && !meta.writable)?,
    ];
    Ok(Message { version, header, accounts, blockhash, instructions: compiled, lookups: Vec::new() })
}

/// Every account once, in the order in which they are first used, with all that any instruction may do.
pub(crate) fn merge(fee_payer: &Address, instructions: &[Instruction]) -> Vec<Meta> {
    let mut metas = vec![Meta::writes(*fee_payer).signs()];
    let used = instructions.iter().flat_map(|instruction| {
        std::iter::once(Meta::reads(instruction.program)).chain(instruction.accounts.iter().copied())
    });
    for meta in used {
        match metas.iter_mut().find(|known| known.address == meta.address) {
            Some(known) => {
                known.signer |= meta.signer;
                known.writable |= meta.writable;
            }
            None => metas.push(meta),
        }
    }
    metas
}

/// A text as English dictionaries sort it.
#[derive(PartialEq, Eq)]
struct TextKey(String);

impl Ord for TextKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let folded = |key: &Self| key.0.to_ascii_lowercase();
        // In ASCII the upper case comes first.
        folded(self).cmp(&folded(other)).then_with(|| other.0.cmp(&self.0))
    }
}

impl PartialOrd for TextKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_comes_first_where_nothing_else_differs() {
        let mut texts = ["b", "B", "aB", "Ab", "ab", "1", "AB", "9", "Ba"].map(|t| TextKey(t.to_owned()));
        texts.sort();
        assert_eq!(texts.map(|key| key.0), ["1", "9", "ab", "aB", "Ab", "AB", "b", "B", "Ba"]);
    }
}
