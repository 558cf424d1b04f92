//! Whether a failed try is followed by another, and after how long.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::{ApiError, Error};

/// The first try included.
pub(crate) const MAX_TRIES: u32 = 4;
const FIRST_WAIT_MS: u64 = 200;
/// A longer wait is no advice but a mistake (a point in time in place of a number of seconds, say).
const LONGEST_ADVICE: u64 = 24 * 60 * 60;

/// How long to wait before the next try, or `None` where there is to be none. `repeatable` says whether
/// the request may run twice; `tries` counts those that were made.
pub(crate) fn wait(error: &Error, repeatable: bool, tries: u32) -> Option<Duration> {
    if tries >= MAX_TRIES {
        return None;
    }
    let again = match error {
        // Nothing was sent. A certificate that is wrong now is wrong in a second, too.
        Error::Connect { certificate, .. } => !certificate,
        Error::Lost { .. } => repeatable,
        // Refused before it ran.
        Error::Api(api) if api.status == 429 => true,
        Error::Api(api) => repeatable && api.request_may_have_run && !matches!(api.status, 501 | 505),
        _ => false,
    };
    let advised = match error {
        Error::Api(api) => api.retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    again.then(|| backoff(tries).max(advised))
}

/// 200 ms, doubled with every try, give or take half of it, so that clients that failed together don't
/// come back together.
fn backoff(tries: u32) -> Duration {
    let middle = FIRST_WAIT_MS << tries.saturating_sub(1).min(8);
    // Without randomness there is still a wait.
    let random = getrandom::u64().unwrap_or(middle / 2);
    Duration::from_millis(middle / 2 + random % (middle + 1))
}

/// What the API says of when to come back: `retry-after` (seconds or a date), else `x-ratelimit-reset`.
pub(crate) fn advice(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let seconds = |text: &str| text.parse::<u64>().ok();
    let date = |text: &str| {
        let then = httpdate::parse_http_date(text).ok()?;
        Some(then.duration_since(std::time::SystemTime::now()).unwrap_or_default().as_secs() + 1)
    };
    text(RETRY_AFTER.as_str())
        .and_then(|after| seconds(after).or_else(|| date(after)))
        .or_else(|| text("x-ratelimit-reset").and_then(seconds))
        .filter(|seconds| *seconds <= LONGEST_ADVICE)
        .map(Duration::from_secs)
}

/// Whether a request that got this answer may have taken effect: a fault of the server's says nothing of
/// how far it got, but a body that it could not read was not acted on.
pub(crate) fn may_have_run(error: &ApiError) -> bool {
    let unread = error.detail.as_deref().is_some_and(|detail| detail.starts_with("Malformed JSON"));
    error.status >= 500 && !unread
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().expect("name"), v.parse().expect("value"))).collect()
    }

    #[test]
    fn waits_double_and_spread() {
        for (tries, from, to) in [(1, 100, 300), (2, 200, 600), (3, 400, 1_200)] {
            for _ in 0..100 {
                let wait = backoff(tries).as_millis();
                assert!((from..=to).contains(&wait), "{tries}: {wait}");
            }
        }
    }

    #[test]
    fn advice_is_read_where_it_makes_sense() {
        let seconds = |pairs: &[_]| advice(&headers(pairs)).map(|d| d.as_secs());
        assert_eq!(seconds(&[("x-ratelimit-reset", "23")]), Some(23));
        assert_eq!(seconds(&[("x-ratelimit-reset", "23"), ("retry-after", "5")]), Some(5));
        assert_eq!(seconds(&[("x-ratelimit-reset", "1795408573")]), None);
        assert_eq!(seconds(&[("x-ratelimit-reset", "-1")]), None);
        assert_eq!(seconds(&[("retry-after", "soon"), ("x-ratelimit-reset", "7")]), Some(7));
        assert_eq!(seconds(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]), Some(1));
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        let lost = || Error::Lost { origin: String::new(), status: None, reason: String::new() };
        let refused =
            |certificate| Error::Connect { origin: String::new(), reason: String::new(), certificate };
        assert!(wait(&lost(), true, 1).is_some());
        assert!(wait(&lost(), false, 1).is_none());
        assert!(wait(&lost(), true, MAX_TRIES).is_none());
        assert!(wait(&refused(false), false, 1).is_some());
        assert!(wait(&refused(true), true, 1).is_none());
        assert!(wait(&Error::NoApiKey, true, 1).is_none());
    }
}
