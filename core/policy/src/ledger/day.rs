//! The UTC day of a moment.

use jiff::Timestamp;

/// `YYYY-MM-DD`, which sorts as days do.
pub(super) fn day_of(now: Timestamp) -> String {
    now.strftime("%Y-%m-%d").to_string()
}
