//! Codes of errors by which callers decide what to do.

/// [`Error::InvalidUrl`](crate::Error::InvalidUrl).
pub const INVALID_URL: &str = "invalid_url";

/// What the API doesn't have, or no longer has.
pub const NOT_FOUND: &str = "not_found";

/// Comes before the code of the signer's own in [`Error::Sign`](crate::Error::Sign).
pub const SIGNER_PREFIX: &str = "signer_";

/// What the API answers where it was asked too often.
pub const RATE_LIMITED: &str = "rate_limited";
