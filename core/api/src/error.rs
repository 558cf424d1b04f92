//! The one error type of the crate: what happened, a stable code, what to do, and whether the request may
//! have taken effect.

use std::time::Duration;

use crate::clock::MAX_OFFSET_SECONDS;
use crate::text::{rough, span};
use crate::{ApiError, SignError};

/// Why a call gave no result. No error holds a credential.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL can't be used.
    #[error("the API's URL is not usable: {reason}")]
    InvalidUrl {
        /// What is wrong with it; never quotes it.
        reason: String,
    },
    /// Plain http to another machine, which [`ClientBuilder::allow_http`](crate::ClientBuilder::allow_http)
    /// did not allow. Nothing was sent.
    #[error("plain http to `{origin}` would show credentials to the network")]
    InsecureUrl {
        /// Where the request would have gone.
        origin: String,
    },
    /// An argument that no request can be made of. Nothing was sent.
    #[error("{reason}")]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// The call must be signed, and the client has no agent. Nothing was sent.
    #[error("no agent to sign as")]
    NoAgent,
    /// The call needs an API key, and the client has none. Nothing was sent.
    #[error("no API key")]
    NoApiKey,
    /// The signer gave no signature. Nothing was sent.
    #[error("the request was not signed: {message}")]
    Sign {
        /// `signer_` and the signer's own code.
        code: String,
        /// What the signer says.
        message: String,
        /// What the signer advises.
        hint: Option<String>,
    },
    /// This machine can't make requests: no certificates, no randomness. Nothing was sent.
    #[error("no request can be made from here: {reason}")]
    Setup {
        /// What is missing.
        reason: String,
    },
    /// No connection came about, so nothing was sent.
    #[error("can't connect to `{origin}`: {reason}")]
    Connect {
        /// Where to.
        origin: String,
        /// Why not.
        reason: String,
        /// Whether it was for the server's certificate, or TLS otherwise.
        certificate: bool,
    },
    /// The call's time is up.
    #[error("no answer from `{origin}` within {}", span(*.after))]
    Timeout {
        /// From whom.
        origin: String,
        /// The call's whole time, all tries included.
        after: Duration,
    },
    /// The connection broke before the answer was complete.
    #[error("the answer from `{origin}` was lost: {reason}")]
    Lost {
        /// From whom.
        origin: String,
        /// The status, where at least that arrived.
        status: Option<u16>,
        /// How it broke.
        reason: String,
    },
    /// The API sent the client elsewhere. It doesn't go: a credential is for one origin alone.
    #[error("the API answered {status}, a redirect to {}", .to.as_deref().map_or("nowhere".to_owned(), |to| format!("`{to}`")))]
    Redirect {
        /// The status.
        status: u16,
        /// Scheme, host and port of the place, where it could be read.
        to: Option<String>,
    },
    /// An answer beyond the size that the client reads.
    #[error("the answer is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// Its status.
        status: u16,
        /// The limit in bytes.
        limit: usize,
    },
    /// An answer that is not what the API promises.
    #[error("the answer makes no sense: {reason}")]
    Malformed {
        /// What is wrong with it; never quotes it.
        reason: String,
    },
    /// The API refuses the signed time, and the clocks are indeed apart. The request did not run.
    #[error("this machine's clock is {} {} the API's",
        rough(.offset_seconds.unsigned_abs()), if *.offset_seconds > 0 { "behind" } else { "ahead of" })]
    ClockDrift {
        /// The API's time minus this machine's: above zero where this machine's clock is behind.
        offset_seconds: i64,
    },
    /// A server that was asked for a file answered with something else.
    #[error("`{origin}` answered {status}, and no file")]
    Status {
        /// Who answered.
        origin: String,
        /// The status.
        status: u16,
    },
    /// What came couldn't be written down here.
    #[error("what came can't be written: {reason}")]
    Write {
        /// Why not.
        reason: String,
    },
    /// An answer was lost, and the payment link that is there now isn't the one that was asked for.
    #[error("payment link `{id}` is there, but differs from what was asked for in `{}`", .fields.join("`, `"))]
    LinkDiffers {
        /// The link's id.
        id: String,
        /// The fields in which it differs.
        fields: Vec<&'static str>,
    },
    /// The API answered with an error.
    #[error(transparent)]
    Api(Box<ApiError>),
}

impl Error {
    /// A stable name in `snake_case`, for programs. For [`Error::Api`] it is the API's own code where it
    /// gave one: `unauthorized`, `not_found`, `rate_limited`, `invalid_request`, …
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::InvalidUrl { .. } => crate::INVALID_URL,
            Self::InsecureUrl { .. } => "insecure_url",
            Self::InvalidRequest { .. } => "invalid_argument",
            Self::NoAgent => "no_agent",
            Self::NoApiKey => "no_api_key",
            Self::Sign { code, .. } => code,
            Self::Setup { .. } => "setup",
            Self::Connect { .. } => "connect",
            Self::Timeout { .. } => "timeout",
            Self::Lost { .. } => "lost_answer",
            Self::Redirect { .. } => "redirect",
            Self::TooLarge { .. } => "too_large",
            Self::Malformed { .. } => "malformed",
            Self::ClockDrift { .. } => "clock_drift",
            Self::Status { .. } => "no_file",
            Self::Write { .. } => "io",
            Self::LinkDiffers { .. } => "link_differs",
            Self::Api(api) => &api.code,
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::InvalidUrl { .. } => "it looks like `https://api.leash.market`",
            Self::InsecureUrl { .. } => "use `https`, or allow plain http for this API explicitly",
            Self::InvalidRequest { .. } => return None,
            Self::NoAgent => "configure an agent first",
            Self::NoApiKey => "create an API key first",
            Self::Sign { hint, .. } => return hint.clone(),
            Self::Setup { .. } => "check the system's certificates (on Debian the package `ca-certificates`)",
            Self::Connect { certificate: true, .. } => {
                "check the API's URL, the system's certificates and whatever stands between"
            }
            Self::Connect { .. } => "check the network, and that the API's URL is right",
            Self::Timeout { .. } => "check that the API's URL is right, or allow more time",
            Self::Lost { .. } if self.maybe_sent() => "the request may have run: look before repeating it",
            Self::Lost { .. } => "try again",
            Self::Redirect { to, .. } => {
                let to = to.as_deref()?;
                return Some(format!("if that is where the API is now, set its URL to `{to}`"));
            }
            Self::TooLarge { .. } | Self::Malformed { .. } => "check that the API's URL is right",
            Self::ClockDrift { offset_seconds } if offset_seconds.abs() > MAX_OFFSET_SECONDS => {
                "set this machine's clock; the difference is too large to work around"
            }
            Self::ClockDrift { .. } => "set this machine's clock, then repeat the command",
            Self::Status { .. } => "check the address, or try again later",
            Self::Write { .. } => "check that there is room on the disk",
            Self::LinkDiffers { id, .. } => {
                return Some(format!("look at it: `GET /v1/payment-links/{id}`"));
            }
            Self::Api(api) => return api.hint.clone(),
        };
        Some(hint.to_owned())
    }

    /// Whether the request may have taken effect although there is no result: after this, look before
    /// repeating anything that should happen once.
    #[must_use]
    pub fn maybe_sent(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Malformed { .. } | Self::LinkDiffers { .. } => true,
            Self::Lost { status, .. } => status.is_none_or(not_refused),
            Self::TooLarge { status, .. } => not_refused(*status),
            // "See other" is how some servers answer a request that they have carried out.
            Self::Redirect { status, .. } => *status == 303,
            Self::Api(api) => api.request_may_have_run,
            _ => false,
        }
    }

    /// Whether the API did not accept the credential.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// The status that the API answered with, where it answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(api) => Some(api.status),
            Self::Redirect { status, .. } | Self::TooLarge { status, .. } => Some(*status),
            Self::Lost { status, .. } => *status,
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The API's own error, where it sent one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            _ => None,
        }
    }
}

fn not_refused(status: u16) -> bool {
    !(400..500).contains(&status)
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        Self::Sign {
            code: format!("{}{}", crate::SIGNER_PREFIX, error.code),
            message: error.message,
            hint: error.hint,
        }
    }
}
