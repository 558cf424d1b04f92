//! Addresses that a program owns (Solana's "program derived addresses").

use sha2::{Digest, Sha256};

use crate::{
    Address,
    programs::{AGENT_IDENTITY, AGENT_TOOLS, ASSOCIATED_TOKEN, MPL_CORE},
};

/// The agent's treasury: the address under which the asset itself signs.
///
/// Seeds: `"mpl-core-execute"` and the asset's address, under [`MPL_CORE`].
#[must_use]
pub fn treasury(asset: &Address) -> Address {
    program_address(&[b"mpl-core-execute", asset.as_bytes()], &MPL_CORE).0
}

/// The record that makes an asset an agent.
#[must_use]
pub fn identity(asset: &Address) -> Address {
    program_address(&[b"agent_identity", asset.as_bytes()], &AGENT_IDENTITY).0
}

/// The profile under which somebody acts for agents.
#[must_use]
pub fn executive_profile(authority: &Address) -> Address {
    program_address(&[b"executive_profile", authority.as_bytes()], &AGENT_TOOLS).0
}

/// The record that a profile may act for an asset.
#[must_use]
pub fn delegate_record(profile: &Address, asset: &Address) -> Address {
    let seeds = [b"execution_delegate_record", &profile.as_bytes()[..], asset.as_bytes()];
    program_address(&seeds, &AGENT_TOOLS).0
}

/// The one token account of an owner and a mint; `token_program` is the program that keeps the mint.
#[must_use]
pub fn token_account(owner: &Address, token_program: &Address, mint: &Address) -> Address {
    let seeds = [&owner.as_bytes()[..], token_program.as_bytes(), mint.as_bytes()];
    program_address(&seeds, &ASSOCIATED_TOKEN).0
}

/// The first address off the curve, counting the bump down from 255, and that bump.
///
/// `sha256(seeds… ‖ bump ‖ program ‖ "ProgramDerivedAddress")`, as the Solana runtime computes it.
fn program_address(seeds: &[&[u8]], program: &Address) -> (Address, u8) {
    for bump in (0..=u8::MAX).rev() {
        let mut hash = Sha256::new();
        for seed in seeds {
            hash.update(seed);
        }
        hash.update([bump]);
        hash.update(program.as_bytes());
        hash.update(b"ProgramDerivedAddress");
        let address = Address::new(hash.finalize().into());
        if !address.is_on_curve() {
            return (address, bump);
        }
    }
    // Each try fails with probability 1/2, so all 256 fail with probability 2^-256.
    unreachable!("no bump gives an address off the curve")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn treasuries_of_the_original() {
        for (mint, expected) in [
            ("B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj", "8Xt65473jqgUU1FwnPhKEnhqXBfteXPHXim9RyJjjCQL"),
            ("HVedbEpdeBWDgsXtRVsHCeTWU9yEAKv2adFo7JcTJF5u", "F95q3wLWQ81P2fYEmskBLwbuhZdGCSHdgxEiWsFYuSYD"),
        ] {
            assert_eq!(treasury(&mint.parse().expect("an address")).to_string(), expected);
        }
    }
}
