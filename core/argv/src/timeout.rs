//! Reading a time.

use std::time::Duration;

use leash_output::Error;

/// Reads a time: whole seconds (`30`, `30s`) or milliseconds (`500ms`), at most an hour.
///
/// # Errors
/// A usage error that shows what is taken.
pub fn parse_timeout(text: &str) -> Result<Duration, Error> {
    let parsed = if let Some(millis) = text.strip_suffix("ms") {
        millis.parse().map(Duration::from_millis)
    } else {
        text.strip_suffix('s').unwrap_or(text).parse().map(Duration::from_secs)
    };
    parsed
        .ok()
        .filter(|time| *time > Duration::ZERO && *time <= Duration::from_secs(3600) && !text.starts_with('+'))
        .ok_or_else(|| {
            Error::usage(format!("`{text}` is no time for `--timeout`"))
                .hint("a time is `30`, `30s` or `500ms`, at most `3600s`")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, millis) in
            [("30", 30_000), ("30s", 30_000), ("500ms", 500), ("1ms", 1), ("3600s", 3_600_000)]
        {
            assert_eq!(parse_timeout(text).ok(), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "0",
            "0s",
            "0ms",
            "s",
            "ms",
            "-1",
            "+1",
            "+1s",
            "1.5",
            "1,5",
            "1e3",
            " 1",
            "1 ",
            "1 s",
            "1S",
            "1m",
            "1h",
            "3601",
            "3600001ms",
            "99999999999999999999",
            "0x10",
            "1ss",
            "1sms",
            "\u{664}",
            "NaN",
            "inf",
        ] {
            assert!(parse_timeout(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_time_is_within_bounds(text in "[0-9+.e-]{0,6}(ms|s|m|)") {
            if let Ok(time) = parse_timeout(&text) {
                proptest::prop_assert!(time > Duration::ZERO && time <= Duration::from_secs(3600));
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                proptest::prop_assert_eq!(text.trim_end_matches(['m', 's']), digits);
            }
        }
    }
}
