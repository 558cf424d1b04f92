//! Until when a grant holds, as it is typed: `30d`, or a time.

use jiff::{Span, Timestamp, Unit, civil::Date, tz::TimeZone};

/// Reads it. A date is the moment in which that day begins (UTC), and a duration counts from now.
///
/// # Errors
/// What is wrong with it, for clap.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    let end = read(text).ok_or("neither a duration (`12h`, `30d`) nor a time (`2027-01-31T12:00:00Z`)")?;
    if end <= Timestamp::now() {
        return Err(format!("{end:.0} is over already"));
    }
    // Nobody reads nanoseconds.
    Ok(end.round(Unit::Second).unwrap_or(end))
}

fn read(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        return date.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    }
    let span: Span = text.parse().ok()?;
    // Weeks and days are as long here as they are in UTC.
    let now = Timestamp::now().to_zoned_datetime(TimeZone::UTC);
    now.checked_add(span).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_dates_and_times() {
        let in_days = |text: &str| {
            let end = parse(text).expect(text);
            (end.as_second() - Timestamp::now().as_second() + 43_200) / 86_400
        };
        for (text, days) in [("30d", 30), ("2w", 14), ("48h", 2), ("1 day 24 hours", 2), ("P3D", 3)] {
            assert_eq!(in_days(text), days, "{text}");
        }
        assert_eq!(parse("2999-01-31").expect("a date").to_string(), "2999-01-31T00:00:00Z");
        assert_eq!(parse("2999-01-31T12:00:00+02:00").expect("a time").to_string(), "2999-01-31T10:00:00Z");
        for bad in ["", "30", "d", "0d", "-1d", "2001-01-01", "2001-01-01T00:00:00Z", "soon", "99999999y"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
