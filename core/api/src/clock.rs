//! The time that is signed, and what is made of an API that finds it wrong.

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

use crate::ApiError;

/// The widest offset that a read accepts from the API's `Date`.
pub(crate) const MAX_OFFSET_SECONDS: i64 = 15 * 60;
/// Below this the two clocks agree, whatever else is wrong.
const MIN_OFFSET_SECONDS: i64 = 60;
/// What the API allows either way; needed where it can't say why it refuses.
const ALLOWED_SECONDS: i64 = 5 * 60;

/// This machine's time plus an offset, as it is signed: ISO 8601 in UTC with milliseconds and `Z`.
pub(crate) fn stamp(offset_seconds: i64) -> String {
    let now = Timestamp::now();
    let time = now.checked_add(SignedDuration::from_secs(offset_seconds)).unwrap_or(now);
    format!("{time:.3}")
}

/// The `Date` header.
pub(crate) fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let time: SystemTime = httpdate::parse_http_date(date).ok()?;
    Timestamp::try_from(time).ok()
}

/// The API's time minus this machine's in seconds, where `error` is a refusal of the signed time and the
/// API's own `Date` bears it out.
pub(crate) fn drift(error: &ApiError, now: Timestamp) -> Option<i64> {
    if error.status != 401 {
        return None;
    }
    let offset = error.server_time?.duration_since(now).as_secs();
    // The answer to a HEAD has no body to say why.
    let refused = error.message.to_ascii_lowercase().contains("drift")
        || (error.body.is_empty() && offset.abs() >= ALLOWED_SECONDS);
    (refused && offset.abs() >= MIN_OFFSET_SECONDS).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_is_what_javascript_writes() {
        let stamp = stamp(0);
        assert_eq!(stamp.len(), "2026-11-23T04:14:40.464Z".len(), "{stamp}");
        assert!(stamp.ends_with('Z') && stamp.as_bytes()[19] == b'.', "{stamp}");
        let exact: Timestamp = "2026-11-23T04:14:40.4649999Z".parse().expect("a time");
        assert_eq!(format!("{exact:.3}"), "2026-11-23T04:14:40.464Z");
        let whole: Timestamp = "2026-11-23T04:14:40Z".parse().expect("a time");
        assert_eq!(format!("{whole:.3}"), "2026-11-23T04:14:40.000Z");
    }
}
