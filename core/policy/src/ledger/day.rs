//! The UTC day of a moment.

use jiff::Timestamp;

/// `YYYY-MM-DD`, which sorts as days do.
pub(super) fn day_of(now: Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}

/// The day of a moment that is written in ISO 8601, in UTC.
pub(super) fn day_of_text(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}
