//! What a machine can enforce, and why not the rest.

use leash_output::{Error, Kind};

/// What strict is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An operating system and a processor that have the other parts.
    Platform,
    /// A process that is neither root's nor holds capabilities.
    Unprivileged,
    /// Landlock: files, signals and abstract sockets.
    Landlock,
    /// seccomp: system calls.
    Seccomp,
}

impl Part {
    /// The part's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Unprivileged => "unprivileged",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        }
    }
}

/// A part that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub part: Part,
    /// Why: a lower-case fragment.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

impl Missing {
    pub(crate) fn new(part: Part, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { part, reason: reason.into(), hint: hint.into() }
    }

    pub(crate) fn error(&self) -> Error {
        Error::new(Kind::Refused, "strict_unavailable", format!("strict can't be enforced: {}", self.reason))
            .hint(self.hint.clone())
    }
}

/// What this machine can enforce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    landlock_abi: Option<u32>,
    missing: Vec<Missing>,
}

impl Availability {
    pub(crate) const fn new(landlock_abi: Option<u32>, missing: Vec<Missing>) -> Self {
        Self { landlock_abi, missing }
    }

    /// The version of Landlock that the kernel offers, enough or not.
    #[must_use]
    pub const fn landlock_abi(&self) -> Option<u32> {
        self.landlock_abi
    }

    /// The parts that are missing, each with a reason.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Whether a plugin can run strict here.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// What [`confine`](crate::confine) would refuse with, before it looked at any file.
    #[must_use]
    pub fn refusal(&self) -> Option<Error> {
        self.missing.first().map(Missing::error)
    }
}
