//! How long a key stays unlocked, as it is typed: `90s`, `15m`, `2h`.

use std::time::Duration;

use leash_output::Error;

/// The longest time.
pub const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Understands a whole number with its unit: `s`, `m` or `h`.
///
/// # Errors
/// [`leash_output::Kind::Usage`] where it is something else, nothing, or more than a day.
pub fn parse(text: &str) -> Result<Duration, Error> {
    let seconds = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "s")) => whole(number),
        Some((number, "m")) => whole(number).and_then(|minutes| minutes.checked_mul(60)),
        Some((number, "h")) => whole(number).and_then(|hours| hours.checked_mul(60 * 60)),
        _ => None,
    };
    let example = |error: Error| error.hint("say for how long: `leash key unlock --for 15m`");
    match seconds.map(Duration::from_secs) {
        None => Err(example(Error::usage(format!(
            "`{}` is no duration: a whole number and `s`, `m` or `h`",
            leash_output::escape(text)
        )))),
        Some(Duration::ZERO) => Err(example(Error::usage(format!("`{text}` is no time at all")))),
        Some(duration) if duration > MAX => Err(example(Error::usage(format!(
            "`{text}` is too long: a key stays unlocked for a day at the most"
        )))),
        Some(duration) => Ok(duration),
    }
}

fn whole(number: &str) -> Option<u64> {
    // `parse` takes a sign too.
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use leash_output::Kind;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn understands_seconds_minutes_and_hours() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7200),
            ("24h", 86400),
            ("1440m", 86400),
            ("86400s", 86400),
            ("007m", 420),
        ] {
            assert_eq!(parse(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
    }

    #[test]
    fn refuses_all_else() {
        for text in [
            "",
            "s",
            "15",
            "15 m",
            " 15m",
            "15m ",
            "-1m",
            "+1m",
            "1.5h",
            "1h30m",
            "1d",
            "15M",
            "0s",
            "0h",
            "25h",
            "86401s",
            "99999999999999999999h",
            "5124095576030432h",
            "١m",
            "15min",
            "µ",
            "1µ",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_its_limits(text: String) {
            if let Ok(duration) = parse(&text) {
                prop_assert!(duration > Duration::ZERO && duration <= MAX);
            }
        }

        #[test]
        fn reads_every_number_up_to_a_day(seconds in 1_u64..=86400) {
            prop_assert_eq!(parse(&format!("{seconds}s")).unwrap(), Duration::from_secs(seconds));
        }
    }
}
