//! Prices as sellers write them (`$0.001`, `0.01 USDC`, `5`), and what a buyer pays in the end.
//!
//! Amounts are whole numbers of the token's smallest unit, as many digits as it takes: nothing is rounded.

use leash_identity::Network;

use crate::js::Text;

/// Stablecoins that a price can be in.
pub(super) const STABLES: &[&str] = &["USDC", "USDT", "USDG"];

/// The protocol's share, in hundredths of a per cent.
pub(in crate::api) const FEE_BPS: u32 = 100;

/// Who gets the protocol's share.
pub(in crate::api) const FEE_AUTHORITY: &str = "3DdcJkvjW7KLtMeko3Zr57jEJWhqRHuPsEBFm1XJYh7W";

/// Every stablecoin has six decimals.
const DECIMALS: usize = 6;

/// A price that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) struct Price {
    /// In the token's smallest unit.
    pub(in crate::api) amount: String,
    /// The token's mint.
    pub(in crate::api) asset: &'static str,
}

impl Price {
    /// Reads a price. Without a currency of its own, or in dollars, it is in `currency`.
    pub(in crate::api) fn parse(text: &Text, currency: &str, network: Network) -> Option<Self> {
        let text = text.trim().to_lossy();
        let (number, unit) = match text.strip_prefix('$') {
            Some(number) => (Text::from(number).trim_start().to_lossy(), String::new()),
            None => {
                let end = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
                (
                    text[..end].to_owned(),
                    Text::from(&text[end..]).trim_start().to_lossy().to_ascii_uppercase(),
                )
            }
        };
        let currency = match unit.as_str() {
            "" | "USD" => currency,
            unit => unit,
        };
        Some(Self { amount: atomic(&number)?, asset: mint(currency, network)? })
    }

    /// The protocol's share, rounded up: one part in a hundred.
    pub(super) fn fee(&self) -> String {
        let (whole, rest) = self.amount.split_at(self.amount.len().saturating_sub(2));
        let whole = if whole.is_empty() { "0" } else { whole };
        if rest.bytes().all(|digit| digit == b'0') { whole.to_owned() } else { add(whole, "1") }
    }

    /// What the buyer signs for.
    pub(super) fn gross(&self) -> String {
        add(&self.amount, &self.fee())
    }
}

fn mint(currency: &str, network: Network) -> Option<&'static str> {
    Some(match (currency, network) {
        ("USDC", Network::Devnet) => "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU",
        ("USDT", Network::Devnet) => "EcFc2cMyZxaKBkFK1XooxiyDyCPneLXiMwSJiVY6eTad",
        ("USDG", Network::Devnet) => "4F6PM96JJxngmHnZLBh9n58RH4aTVNWvDs2nuwrT5BP7",
        ("USDC", Network::Mainnet) => "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
        ("USDT", Network::Mainnet) => "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB",
        ("USDG", Network::Mainnet) => "2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH",
        _ => return None,
    })
}

/// `12.5` as `12500000`. `None` where it is no plain decimal, or finer than the token.
fn atomic(decimal: &str) -> Option<String> {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || fraction.len() > DECIMALS {
        return None;
    }
    let digits = format!("{whole}{fraction:0<DECIMALS$}");
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() { "0".to_owned() } else { digits.to_owned() })
}

/// The sum of two numbers in decimal digits.
fn add(a: &str, b: &str) -> String {
    let digits = |text: &str| text.bytes().rev().map(|digit| digit - b'0').collect::<Vec<_>>();
    let (a, b) = (digits(a), digits(b));
    let mut sum = Vec::with_capacity(a.len().max(b.len()) + 1);
    let mut carry = 0;
    for place in 0..a.len().max(b.len()) {
        let digit = a.get(place).unwrap_or(&0) + b.get(place).unwrap_or(&0) + carry;
        sum.push(char::from(b'0' + digit % 10));
        carry = digit / 10;
    }
    if carry > 0 {
        sum.push('1');
    }
    sum.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String, String)> {
        let price = Price::parse(&Text::from(text), "USDC", Network::Devnet)?;
        Some((price.amount.clone(), price.fee(), price.gross()))
    }

    #[test]
    fn prices_and_what_they_come_to() {
        for (text, amount, fee, gross) in [
            ("0.01 USDC", "10000", "100", "10100"),
            ("$0.001", "1000", "10", "1010"),
            ("$ 5", "5000000", "50000", "5050000"),
            ("0.000001", "1", "1", "2"),
            ("0.000099USDT", "99", "1", "100"),
            ("0.000101 usdg", "101", "2", "103"),
            ("0", "0", "0", "0"),
            ("007 usd", "7000000", "70000", "7070000"),
            (" \u{a0}1.5\t", "1500000", "15000", "1515000"),
            (
                "99999999999999999999999999 USDC",
                "99999999999999999999999999000000",
                "999999999999999999999999990000",
                "100999999999999999999999998990000",
            ),
        ] {
            assert_eq!(parse(text), Some((amount.to_owned(), fee.to_owned(), gross.to_owned())), "{text}");
        }
        for text in [
            "",
            " ",
            "1e-7 USDC",
            "0.0000001",
            "-1",
            "+1",
            "1.",
            ".5",
            "1,5",
            "$",
            "$1 USDC",
            "5 EUR",
            "USDC",
            "1 2",
            "$-1",
            "1..2",
            "1 USDC!",
            "$$1",
            "٣",
            "1 wSOL",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_price_chooses_the_token() {
        let asset = |text, currency| {
            Price::parse(&Text::from(text), currency, Network::Mainnet).map(|price| price.asset)
        };
        assert_eq!(asset("1 USDC", "USDT"), asset("1", "USDC"));
        assert_eq!(asset("1 usd", "USDG"), Some("2u1tszSeqZ3qBWF3uNGPFc8TzMk2tdiwknnRMWGWjGWH"));
    }
}
