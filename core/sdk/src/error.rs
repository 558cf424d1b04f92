//! The one error type: what happened, a code that stays, what to do next, and an exit status.

use std::{io, time::Duration};

use leash_protocol::{
    exit,
    frame::{Code, Refusal},
};

use crate::environment;

/// The code of [`Error::WrongSigner`].
pub const WRONG_SIGNER: &str = "wrong_signer";

/// The code of [`Error::Closed`].
pub const CLOSED: &str = "closed";

/// Why there is no context, or no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing tells who the agent is: the plugin was not started by leash.
    #[error("this is a plugin of leash, and was started without it")]
    NotAPlugin,
    /// The context is there, but can't be used.
    #[error("the context can't be used: {reason}")]
    Context {
        /// What is wrong with it.
        reason: String,
    },
    /// No agent is configured.
    #[error("no agent is configured")]
    NoAgent,
    /// There is no signer: the user granted nothing.
    #[error("nothing may be signed here: there is no grant")]
    NoSigner,
    /// `LEASH_SIGNER` leads to no signer of this run.
    #[error("no signer of this run: {reason}")]
    WrongSigner {
        /// What is there instead.
        reason: String,
    },
    /// The signer went away.
    #[error("the signer went away")]
    Closed,
    /// The signer, or the process that was speaking with it, took too long.
    #[error("no answer from the signer within {after:?}")]
    Timeout {
        /// How long the signer had.
        after: Duration,
    },
    /// What the signer says breaks the contract. Nothing more is said on that socket.
    #[error("the signer makes no sense: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// A request that fits no frame.
    #[error("the request is larger than a frame of {} KiB", leash_protocol::frame::MAX_FRAME >> 10)]
    TooLarge,
    /// A request that isn't the signer's to sign, found before it was asked.
    #[error("{reason}")]
    BadRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// The system failed.
    #[error("can't speak with the signer: {0}")]
    Io(#[from] io::Error),
    /// The signer said no.
    #[error("{}", .0.message)]
    Refused(Refusal),
}

impl Error {
    /// A name in `snake_case` that stays: the signer's own where it refused (`denied_scope`, `quota`, …).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAPlugin => "not_a_plugin",
            Self::Context { .. } => "context",
            Self::NoAgent => "no_agent",
            Self::NoSigner => "no_signer",
            Self::WrongSigner { .. } => WRONG_SIGNER,
            Self::Closed => CLOSED,
            Self::Timeout { .. } => "timeout",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge => "too_large",
            Self::BadRequest { .. } => Code::BadRequest.as_str(),
            Self::Io(_) => "io",
            Self::Refused(refusal) => refusal.code.as_str(),
        }
    }

    /// What to do next, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let plugin = || environment::text(leash_protocol::env::PLUGIN).unwrap_or_else(|| "NAME".to_owned());
        match self {
            Self::NotAPlugin => Some("run it as `leash NAME`".to_owned()),
            Self::NoAgent => Some("`leash agent create` or `leash agent import`".to_owned()),
            Self::NoSigner => Some(format!("`leash plugin trust {}` shows what it asks for", plugin())),
            Self::Refused(refusal) => refusal.hint.clone(),
            _ => None,
        }
    }

    /// What to exit with: what the host would exit with, had it failed so.
    #[must_use]
    pub const fn exit_status(&self) -> u8 {
        match self {
            Self::NoAgent => exit::IDENTITY,
            Self::NoSigner | Self::WrongSigner { .. } => exit::REFUSED,
            Self::Refused(refusal) => match refusal.code {
                Code::DeniedScope | Code::DeniedConsent | Code::Quota | Code::Expired => exit::REFUSED,
                Code::Locked => exit::IDENTITY,
                _ => exit::FAILURE,
            },
            _ => exit::FAILURE,
        }
    }

    pub(crate) fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed { reason: reason.into() }
    }

    pub(crate) fn context(reason: impl Into<String>) -> Self {
        Self::Context { reason: reason.into() }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::Io(errno.into())
    }
}
