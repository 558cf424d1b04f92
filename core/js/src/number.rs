//! Numbers: how JavaScript reads one from a string, and how it writes one.

use crate::Text;

/// `Number(text)`: NaN where it is none. The empty string is 0.
pub fn read(text: &Text) -> f64 {
    let Some(text) = text.trim().ascii() else { return f64::NAN };
    if text.is_empty() {
        return 0.0;
    }
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return read_radix(digits, radix);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    // Rust reads `inf` and `nan` too, so the form is checked first.
    if unsigned == "Infinity" || is_decimal(unsigned) { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

fn read_radix(digits: &str, radix: u32) -> f64 {
    if digits.is_empty() || !digits.chars().all(|char| char.is_digit(radix)) {
        return f64::NAN;
    }
    // What no u64 holds is beyond every limit that is compared with.
    #[allow(clippy::cast_precision_loss, reason = "a JavaScript number has no more precision")]
    u64::from_str_radix(digits, radix).map_or(f64::MAX, |number| number as f64)
}

/// Digits with at most one point among them, at least one digit, and perhaps an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

/// `String(number)`.
pub fn print(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}Infinity");
    }
    // Rust's own shortest digits, which are JavaScript's; only the layout differs.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // The decimal point stands after so many of the digits.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let split = |at: i32| digits.split_at(usize::try_from(at).unwrap_or(0));
    let body = match point {
        _ if count <= point && point <= 21 => format!("{digits}{}", zeros(point - count)),
        1..=21 => {
            let (whole, fraction) = split(point);
            format!("{whole}.{fraction}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = split(1);
            let point_and_rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
            format!("{first}{point_and_rest}e{:+}", point - 1)
        }
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_number_does() {
        for (text, expected) in [
            ("", 0.0),
            (" \t\n", 0.0),
            ("12", 12.0),
            ("+5", 5.0),
            ("-5", -5.0),
            (" 7 ", 7.0),
            ("0x10", 16.0),
            ("0X1f", 31.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("1e2", 100.0),
            ("1E+2", 100.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("007", 7.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1e400", f64::INFINITY),
            ("\u{feff}3\u{a0}", 3.0),
            ("0xffffffffffffffffffffffff", f64::MAX),
        ] {
            assert!(read(&Text::from(text)) == expected, "{text:?}");
        }
        for text in [
            "abc", "1_000", "1,5", "1e", "e1", ".", "+", "0x", "-0x10", "0xg", "inf", "nan", "infinity",
            "NaN", "1 2", "٣", "1n",
        ] {
            assert!(read(&Text::from(text)).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn prints_as_javascript_does() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (1e21, "1e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (0.1, "0.1"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (100.0, "100"),
            (1e20, "100000000000000000000"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(print(number), expected);
        }
    }
}
