//! Token accounts, allowances and transfers. All of them work alike for SPL Token and Token-2022.

use crate::{
    Address, Instruction, Meta, Token,
    programs::{ASSOCIATED_TOKEN, SYSTEM},
};

/// Makes the associated account of `owner` where it is missing. (The original sends no data, which means the
/// same but fails where the account is there.)
#[must_use]
pub fn create_token_account(payer: &Address, owner: &Address, token: &Token) -> Instruction {
    let accounts = [
        Meta::writes(*payer).signs(),
        Meta::writes(token.account_of(owner)),
        Meta::reads(*owner),
        Meta::reads(token.mint),
        Meta::reads(SYSTEM),
        Meta::reads(token.program),
    ];
    Instruction::new(ASSOCIATED_TOKEN, accounts, [1])
}

/// Allows `delegate` to spend up to `amount` out of the associated account of `owner`, in place of whatever
/// was allowed before.
#[must_use]
pub fn approve(token: &Token, owner: &Address, delegate: &Address, amount: u64) -> Instruction {
    let accounts =
        [Meta::writes(token.account_of(owner)), Meta::reads(*delegate), Meta::reads(*owner).signs()];
    Instruction::new(token.program, accounts, with_u64(4, amount))
}

/// Takes back what was allowed.
#[must_use]
pub fn revoke(token: &Token, owner: &Address) -> Instruction {
    let accounts = [Meta::writes(token.account_of(owner)), Meta::reads(*owner).signs()];
    Instruction::new(token.program, accounts, [5])
}

/// Moves `amount` from the account `source` to the account `destination`; `authority` owns the source, or was
/// allowed to spend from it.
#[must_use]
pub fn transfer_checked(
    token: &Token,
    source: &Address,
    destination: &Address,
    authority: &Address,
    amount: u64,
) -> Instruction {
    let accounts = [
        Meta::writes(*source),
        Meta::reads(token.mint),
        Meta::writes(*destination),
        Meta::reads(*authority).signs(),
    ];
    let mut data = with_u64(12, amount);
    data.push(token.decimals);
    Instruction::new(token.program, accounts, data)
}

fn with_u64(kind: u8, amount: u64) -> Vec<u8> {
    let mut data = vec![kind];
    data.extend_from_slice(&amount.to_le_bytes());
    data
}
