//! Addresses that a program owns (Solana's "program derived addresses").

use sha2::{Digest, Sha256};

use crate::Address;

/// The MPL Core program, which owns an agent's asset: `CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d`.
pub const MPL_CORE: Address = Address::new([
    175, 84, 171, 16, 189, 151, 165, 66, 160, 158, 247, 179, 152, 137, 221, 12, 211, 148, 164, 204, 233, 223,
    166, 205, 201, 126, 190, 45, 35, 91, 167, 72,
]);

/// The agent's treasury: the address under which the asset itself signs.
///
/// Seeds: `"mpl-core-execute"` and the asset's address, under [`MPL_CORE`].
#[must_use]
pub fn treasury(mint: &Address) -> Address {
    program_address(&[b"mpl-core-execute", mint.as_bytes()], &MPL_CORE).0
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
    fn the_programs_bytes_are_its_address() {
        assert_eq!(MPL_CORE.to_string(), "CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d");
    }

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
