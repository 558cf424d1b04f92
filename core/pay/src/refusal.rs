//! Why a paywall isn't paid.

use std::fmt;

use crate::Unpayable;

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

impl From<&Unpayable> for Refusal {
    fn from(reason: &Unpayable) -> Self {
        Self::new(reason.code(), reason.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refusal {}
