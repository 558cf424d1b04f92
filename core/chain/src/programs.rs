//! The programs that leash's transactions call, by address and by name.

use crate::Address;

/// The system program: accounts and lamports.
pub const SYSTEM: Address = Address::constant("11111111111111111111111111111111");
/// Sets what a transaction may compute, and what it pays for that.
pub const COMPUTE_BUDGET: Address = Address::constant("ComputeBudget111111111111111111111111111111");
/// SPL Token, of the first kind.
pub const TOKEN: Address = Address::constant("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022, SPL Token with extensions.
pub const TOKEN_2022: Address = Address::constant("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// Makes the one token account of an owner and a mint.
pub const ASSOCIATED_TOKEN: Address = Address::constant("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// Notes a text.
pub const MEMO: Address = Address::constant("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");
/// MPL Core, which owns an agent's asset.
pub const MPL_CORE: Address = Address::constant("CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d");
/// Registers an asset as an agent.
pub const AGENT_IDENTITY: Address = Address::constant("1DREGFgysWYxLnRnKQnwrxnJQeSMk2HmGaC6whw2B2p");
/// Registers who may act for an agent.
pub const AGENT_TOOLS: Address = Address::constant("TLREGni9ZEyGC3vnPZtqUh95xQ8oPqJSvNjvB7FGK8S");

/// What a program is called, where it is one of these.
#[must_use]
pub fn name(program: &Address) -> Option<&'static str> {
    Some(match *program {
        SYSTEM => "System",
        COMPUTE_BUDGET => "Compute Budget",
        TOKEN => "SPL Token",
        TOKEN_2022 => "Token-2022",
        ASSOCIATED_TOKEN => "Associated Token Account",
        MEMO => "Memo",
        MPL_CORE => "MPL Core",
        AGENT_IDENTITY => "Agent Identity",
        AGENT_TOOLS => "Agent Tools",
        _ => return None,
    })
}
