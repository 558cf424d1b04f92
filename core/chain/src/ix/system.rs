//! Lamports, the price of computing, and memos.

use crate::{
    Address, Instruction, Meta,
    programs::{COMPUTE_BUDGET, MEMO, SYSTEM},
};

/// The longest memo that facilitators take.
pub const MAX_MEMO_BYTES: usize = 256;

/// How much a transaction may compute.
#[must_use]
pub fn compute_limit(units: u32) -> Instruction {
    let mut data = vec![2];
    data.extend_from_slice(&units.to_le_bytes());
    Instruction::new(COMPUTE_BUDGET, [], data)
}

/// What a unit of computing costs, in millionths of a lamport.
#[must_use]
pub fn compute_price(micro_lamports: u64) -> Instruction {
    let mut data = vec![3];
    data.extend_from_slice(&micro_lamports.to_le_bytes());
    Instruction::new(COMPUTE_BUDGET, [], data)
}

/// A memo that nobody signs beyond signing the transaction.
#[must_use]
pub fn memo(text: &str) -> Instruction {
    Instruction::new(MEMO, [], text)
}

/// Moves lamports.
#[must_use]
pub fn transfer(from: &Address, to: &Address, lamports: u64) -> Instruction {
    let mut data = 2_u32.to_le_bytes().to_vec();
    data.extend_from_slice(&lamports.to_le_bytes());
    Instruction::new(SYSTEM, [Meta::writes(*from).signs(), Meta::writes(*to)], data)
}
