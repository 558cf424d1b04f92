//! What a call tells while it is under way.

use std::time::Duration;

/// Something worth telling a person while a call is still going on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A try is over, whatever came of it.
    #[non_exhaustive]
    Tried {
        /// The method.
        method: String,
        /// Scheme, host and port.
        origin: String,
        /// Path and query, as they were sent.
        path: String,
        /// The answer's status, or [`Error::code`](crate::Error::code) of what failed.
        outcome: String,
        /// How long it took.
        took: Duration,
    },
    /// A try failed; the next one follows after `wait`.
    #[non_exhaustive]
    Retry {
        /// The number of the try that failed, from 1.
        attempt: u32,
        /// How long the client waits before the next one.
        wait: Duration,
        /// [`Error::code`](crate::Error::code) of what failed.
        code: String,
        /// What failed, for a person.
        message: String,
    },
    /// The API found the request's time too far off; the read is repeated with the API's time.
    #[non_exhaustive]
    ClockOffset {
        /// The API's time minus this machine's: above zero where this machine's clock is behind.
        offset_seconds: i64,
    },
}
