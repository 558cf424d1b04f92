//! Moments, in milliseconds since 1970 and as the API writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `2026-11-23T04:36:13.569Z`.
pub(crate) fn iso(milliseconds: i64) -> String {
    const PRINTER: jiff::fmt::temporal::DateTimePrinter =
        jiff::fmt::temporal::DateTimePrinter::new().precision(Some(3));
    let moment = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    PRINTER.timestamp_to_string(&moment)
}

/// Moments that never repeat and never go back, so that what was made later always sorts later.
#[derive(Debug, Default)]
pub(crate) struct Ticks(i64);

impl Ticks {
    /// The next moment. Waits for it, a millisecond at the most, unless the system's clock was set back.
    pub(crate) fn next(&mut self) -> i64 {
        let mut moment = now();
        if moment == self.0 {
            std::thread::sleep(Duration::from_millis(1));
            moment = now();
        }
        self.0 = moment.max(self.0 + 1);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_milliseconds_always() {
        assert_eq!(iso(1_795_408_573_000), "2026-11-23T04:36:13.000Z");
        assert_eq!(iso(1_795_408_573_569), "2026-11-23T04:36:13.569Z");
        assert_eq!(iso(1), "1970-01-01T00:00:00.001Z");
    }

    #[test]
    fn no_moment_comes_twice() {
        let mut ticks = Ticks::default();
        let moments: Vec<_> = (0..20).map(|_| ticks.next()).collect();
        assert!(moments.is_sorted_by(|a, b| a < b));
        let mut ahead = Ticks(now() + 60_000);
        assert_eq!(ahead.next() - ahead.next(), -1);
    }
}
