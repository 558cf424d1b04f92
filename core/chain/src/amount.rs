//! Amounts: decimal text on one side, whole atomic units on the other, and nothing in between.

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing there.
    #[error("it is empty")]
    Empty,
    /// A minus in front.
    #[error("it is negative")]
    Negative,
    /// `1e6`.
    #[error("it has an exponent")]
    Exponent,
    /// Anything else but digits and one point between digits.
    #[error("it is no decimal number")]
    NotDecimal,
    /// More digits behind the point than the token has.
    #[error("it has more than {0} decimals")]
    TooManyDecimals(u8),
    /// More than 64 bits hold.
    #[error("it is larger than any amount can be")]
    TooLarge,
}

/// Reads a decimal number as atomic units of a token with this many decimals, exactly.
///
/// # Errors
/// [`AmountError`] for anything that is not exactly such a number.
pub fn parse_amount(text: &str, decimals: u8) -> Result<u64, AmountError> {
    if text.is_empty() {
        return Err(AmountError::Empty);
    }
    if text.starts_with('-') {
        return Err(AmountError::Negative);
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::NotDecimal),
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
        let exponent = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            && text.contains(['e', 'E']);
        return Err(if exponent { AmountError::Exponent } else { AmountError::NotDecimal });
    }
    if fraction.len() > usize::from(decimals) {
        return Err(AmountError::TooManyDecimals(decimals));
    }
    let zeros = std::iter::repeat_n(b'0', usize::from(decimals) - fraction.len());
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(zeros)
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .ok_or(AmountError::TooLarge)
}

/// Writes atomic units as a decimal number, without zeros that say nothing.
#[must_use]
pub fn format_amount(atomic: u64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{atomic:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact() {
        for (text, decimals, atomic) in [
            ("0", 6, 0),
            ("0.01", 6, 10_000),
            ("1", 6, 1_000_000),
            ("007.5", 6, 7_500_000),
            ("0.000001", 6, 1),
            ("18446744073709.551615", 6, u64::MAX),
            ("0.100000000", 9, 100_000_000),
            ("12", 0, 12),
        ] {
            assert_eq!(parse_amount(text, decimals), Ok(atomic), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (text, error) in [
            ("", AmountError::Empty),
            ("-1", AmountError::Negative),
            ("1e6", AmountError::Exponent),
            ("1E-2", AmountError::Exponent),
            ("+1", AmountError::NotDecimal),
            ("1,5", AmountError::NotDecimal),
            (".5", AmountError::NotDecimal),
            ("5.", AmountError::NotDecimal),
            ("1.2.3", AmountError::NotDecimal),
            (" 1", AmountError::NotDecimal),
            ("0x10", AmountError::NotDecimal),
            ("٣", AmountError::NotDecimal),
            ("1.0000000", AmountError::TooManyDecimals(6)),
            ("18446744073709.551616", AmountError::TooLarge),
        ] {
            assert_eq!(parse_amount(text, 6), Err(error), "{text}");
        }
        assert_eq!(parse_amount("NaN", 6), Err(AmountError::NotDecimal));
        assert_eq!(parse_amount(&"9".repeat(100_000), 6), Err(AmountError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(atomic: u64, decimals in 0_u8..=19) {
            prop_assert_eq!(parse_amount(&format_amount(atomic, decimals), decimals), Ok(atomic));
        }
    }
}
