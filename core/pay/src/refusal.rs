//! Why a paywall isn't paid.

use std::fmt;

/// The code of a refusal of what is paid on another network.
pub(crate) const WRONG_NETWORK: &str = "wrong_network";

/// The code of a refusal of a way to pay that isn't known.
pub(crate) const UNKNOWN_SCHEME: &str = "unknown_scheme";

/// What was wrong with what a paywall asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable name.
    pub code: &'static str,
    /// What is wrong, for a person. It may quote the paywall.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refusal {}
