//! Dollars, exactly: decimal text to an integer and back, and nothing between.

use std::{fmt, str::FromStr};

/// Decimals that an amount may have. Tokens have 6; a limit may be finer.
const SCALE: u32 = 18;
/// Decimals of USDC, USDT and USDG.
const TOKEN: u32 = 6;
const UNIT: u128 = 10_u128.pow(SCALE);
const ATOM: u128 = 10_u128.pow(SCALE - TOKEN);

/// The fee on what a seller asks for, in basis points.
pub const FEE_BPS: u64 = 100;

/// An amount of dollars, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(u128);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Dollars without cents.
    #[must_use]
    pub const fn whole(dollars: u64) -> Self {
        Self(dollars as u128 * UNIT)
    }

    /// An amount of a token with six decimals, in its smallest units.
    #[must_use]
    pub const fn from_atomic(atomic: u64) -> Self {
        Self(atomic as u128 * ATOM)
    }

    /// The smallest units of a token that cover it; what is finer is rounded up. None where no account can hold it.
    #[must_use]
    pub fn to_atomic(self) -> Option<u64> {
        u64::try_from(self.0.div_ceil(ATOM)).ok()
    }

    /// The sum; none where it is beyond everything.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// What is left; nothing where less is there than is taken.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// What leaves the treasury for a payment of `net`, and the fee in it: 1 %, rounded up to the smallest unit. None where
/// no account can hold it.
#[must_use]
pub fn gross(net: u64) -> Option<(u64, u64)> {
    let fee = u64::try_from((u128::from(net) * u128::from(FEE_BPS)).div_ceil(10_000)).ok()?;
    Some((net.checked_add(fee)?, fee))
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotUsd {
    /// It isn't digits with at most one point among them.
    NoDecimal,
    /// It is below zero.
    Negative,
    /// It has more than 18 decimals.
    TooFine,
    /// It is more than there is.
    TooLarge,
}

impl fmt::Display for NotUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDecimal => "it is no decimal number",
            Self::Negative => "it is negative",
            Self::TooFine => "it has more than 18 decimals",
            Self::TooLarge => "it is too large",
        })
    }
}

impl FromStr for Usd {
    type Err = NotUsd;

    /// Reads `12`, `0.5` or `.5`: no sign, no exponent, no spaces.
    fn from_str(text: &str) -> Result<Self, NotUsd> {
        if let Some(rest) = text.strip_prefix('-') {
            return Err(if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                NotUsd::Negative
            } else {
                NotUsd::NoDecimal
            });
        }
        let (whole, fraction) = match text.split_once('.') {
            Some(("", fraction)) => ("0", fraction),
            Some(parts) => parts,
            None => (text, "0"),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(NotUsd::NoDecimal);
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if fraction.len() > SCALE as usize {
            return Err(NotUsd::TooFine);
        }
        // Twenty digits before the point are 10^38 units at most, which fits.
        if whole.len() > 20 {
            return Err(NotUsd::TooLarge);
        }
        format!("{whole}{fraction:0<width$}", width = SCALE as usize)
            .parse()
            .map(Self)
            .map_err(|_| NotUsd::TooLarge)
    }
}

impl fmt::Display for Usd {
    /// As few digits as there are: `12`, `0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / UNIT, self.0 % UNIT);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{fraction:0width$}", width = SCALE as usize);
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (text, shown) in [
            ("0", "0"),
            ("1", "1"),
            ("007.50", "7.5"),
            (".5", "0.5"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("18446744073709.551615", "18446744073709.551615"),
        ] {
            assert_eq!(text.parse::<Usd>().expect(text).to_string(), shown);
        }
        for text in [
            "", ".", "1.", "1e3", "+1", " 1", "1 ", "NaN", "Infinity", "1,5", "0x1", "١", "1.2.3", "--1", "-",
        ] {
            assert_eq!(text.parse::<Usd>(), Err(NotUsd::NoDecimal), "{text:?}");
        }
        assert_eq!("-1".parse::<Usd>(), Err(NotUsd::Negative));
        assert_eq!("-0.5".parse::<Usd>(), Err(NotUsd::Negative));
        assert_eq!("0.0000000000000000001".parse::<Usd>(), Err(NotUsd::TooFine));
        assert_eq!("9".repeat(30).parse::<Usd>(), Err(NotUsd::TooLarge));
        let most = "9".repeat(20).parse::<Usd>();
        assert!(most.is_ok(), "{most:?}");
    }

    #[test]
    fn no_float_here() {
        let sum = |a: &str, b: &str| a.parse::<Usd>().and_then(|a| Ok(a.plus(b.parse()?))).ok().flatten();
        assert_eq!(sum("0.1", "0.2"), "0.3".parse().ok());
    }

    #[test]
    fn the_fee_is_rounded_up() {
        for (net, whole, fee) in [
            (0, 0, 0),
            (1, 2, 1),
            (99, 100, 1),
            (100, 101, 1),
            (101, 103, 2),
            (10_000, 10_100, 100),
            (999, 1009, 10),
        ] {
            assert_eq!(gross(net), Some((whole, fee)), "{net}");
        }
        assert_eq!(gross(u64::MAX), None);
        assert_eq!("0.0000001".parse::<Usd>().ok().and_then(Usd::to_atomic), Some(1));
        assert_eq!(Usd::from_atomic(10_100).to_string(), "0.0101");
    }
}
