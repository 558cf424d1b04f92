//! `Date.parse`, as the engine that runs the original understands it.
//!
//! A date in ISO 8601 is taken as the language's standard says; anything else goes to an older, lenient
//! reading that browsers agree on and no standard describes: `Mon, 23 Nov 2026 04:36:13 GMT`, `Nov 23 2026
//! 04:36:13 (UTC) +0100`, `11/23/2026`. A time without a zone is the server's local time; this server's is UTC.

mod iso;
mod legacy;
mod parts;
mod tokens;

use super::Text;
use parts::{Day, Time, Zone};
use tokens::Tokens;

/// Milliseconds since 1970 began in UTC, or `None` where `Date.parse` gives NaN.
pub(crate) fn parse(text: &Text) -> Option<i64> {
    let mut tokens = Tokens::new(text.units());
    let mut date = Date::default();
    let rest = iso::read(&mut tokens, &mut date)?;
    if let Some(first) = rest {
        legacy::read(first, &mut tokens, &mut date)?;
    }
    date.milliseconds()
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Date {
    day: Day,
    time: Time,
    zone: Zone,
}

impl Date {
    fn milliseconds(&self) -> Option<i64> {
        /// The last moment that a JavaScript date can name, either way.
        const LAST: i64 = 8_640_000_000_000_000;
        let moment = self.day.days()? * 86_400_000 + self.time.milliseconds()? - self.zone.seconds()? * 1000;
        (moment.abs() <= LAST).then_some(moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of a text and what `Date.parse` gave for it, with `TZ=UTC`.
    #[test]
    fn agrees_with_the_engine() {
        let cases: Vec<(String, Option<i64>)> =
            serde_json::from_str(include_str!("../../../tests/data/dates.json")).expect("the table");
        assert!(cases.len() > 500);
        for (text, expected) in cases {
            assert_eq!(parse(&Text::from(text.as_str())), expected, "{text:?}");
        }
    }
}
