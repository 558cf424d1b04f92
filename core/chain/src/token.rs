//! The tokens that leash knows, on both networks.

use crate::{Address, Network, programs};

/// A token: its mint, the program that keeps it, and how many decimals it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// `USDC`.
    pub symbol: &'static str,
    /// The mint's address.
    pub mint: Address,
    /// SPL Token or Token-2022.
    pub program: Address,
    /// How many decimals of the token one atomic unit is.
    pub decimals: u8,
}

/// The decimals of SOL.
pub const SOL_DECIMALS: u8 = 9;

const fn token(symbol: &'static str, mint: &str, program: Address) -> Token {
    Token { symbol, mint: Address::constant(mint), program, decimals: 6 }
}

const MAINNET: [Token; 3] = [
    token("USDC", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", programs::TOKEN),
    token("USDT", "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", programs::TOKEN),
    token("USDG", "2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH", programs::TOKEN_2022),
];

const DEVNET: [Token; 3] = [
    token("USDC", "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", programs::TOKEN),
    token("USDT", "EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad", programs::TOKEN),
    token("USDG", "4F6PM96JJxngmHnZLBh9n58RH4aTVNWvDs2nuwrT5BP7", programs::TOKEN_2022),
];

impl Token {
    /// The tokens of a network, USDC first.
    #[must_use]
    pub const fn all(network: Network) -> &'static [Self; 3] {
        match network {
            Network::Mainnet => &MAINNET,
            Network::Devnet => &DEVNET,
        }
    }

    /// The token of this symbol, in any case.
    #[must_use]
    pub fn by_symbol(network: Network, symbol: &str) -> Option<&'static Self> {
        Self::all(network).iter().find(|token| token.symbol.eq_ignore_ascii_case(symbol))
    }

    /// The token of this mint.
    #[must_use]
    pub fn by_mint(network: Network, mint: &Address) -> Option<&'static Self> {
        Self::all(network).iter().find(|token| token.mint == *mint)
    }

    /// The token of this mint, on whichever network.
    pub(crate) fn anywhere(mint: &Address) -> Option<&'static Self> {
        Self::by_mint(Network::Mainnet, mint).or_else(|| Self::by_mint(Network::Devnet, mint))
    }

    /// The associated account in which `owner` holds this token.
    #[must_use]
    pub fn account_of(&self, owner: &Address) -> Address {
        crate::token_account(owner, &self.program, &self.mint)
    }
}
