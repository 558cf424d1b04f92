//! What is typed: amounts, tokens and wallets.

use leash_chain::{Address, Network, SOL_DECIMALS, Token, format_amount, parse_amount};
use leash_output::{Error, escape};

/// A token of the table, or SOL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coin {
    Sol,
    Token(&'static Token),
}

impl Coin {
    pub(crate) fn parse(network: Network, text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case("SOL") {
            return Ok(Self::Sol);
        }
        token(network, text).map(Self::Token)
    }

    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Sol => "SOL",
            Self::Token(token) => token.symbol,
        }
    }

    pub(crate) const fn decimals(self) -> u8 {
        match self {
            Self::Sol => SOL_DECIMALS,
            Self::Token(token) => token.decimals,
        }
    }

    pub(crate) fn decimal(self, atomic: u64) -> String {
        format_amount(atomic, self.decimals())
    }

    /// `1.5 USDC`.
    pub(crate) fn written(self, atomic: u64) -> String {
        format!("{} {}", self.decimal(atomic), self.symbol())
    }

    pub(crate) fn amount(self, text: &str) -> Result<u64, Error> {
        parse_amount(text, self.decimals()).map_err(|error| {
            Error::usage(format!("`{}` is no amount of {}: {error}", escape(text), self.symbol())).hint(
                format!("an amount is a decimal number with at most {} decimals: `1.5`", self.decimals()),
            )
        })
    }
}

/// A token of the table.
pub(crate) fn token(network: Network, text: &str) -> Result<&'static Token, Error> {
    Token::by_symbol(network, text).ok_or_else(|| {
        Error::usage(format!("`{}` is no token that leash knows", escape(text)))
            .hint("USDC, USDT and USDG are known; `treasury withdraw` also knows SOL")
    })
}

pub(crate) fn wallet(text: &str) -> Result<Address, Error> {
    text.parse().map_err(|error| {
        Error::usage(format!("`{}` is no address: {error}", escape(text)))
            .hint("an address has 32 to 44 characters of base58, as a wallet shows it")
    })
}
