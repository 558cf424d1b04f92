//! What can go wrong between leash and an endpoint.

use std::{borrow::Cow, fmt};

use crate::{ProgramError, field::Field};

/// The code of the error that the endpoint's URL is no URL.
pub const BAD_URL: &str = "bad_rpc_url";

/// Why an endpoint did not pass a transaction on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why it would fail; `None` where the endpoint only says so in words.
    pub error: Option<ProgramError>,
    /// What the endpoint says.
    pub message: String,
    /// The end of the log.
    pub log: Vec<String>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It could not be asked, or the answer was lost, or was no success.
    #[error("{}", transport(.0))]
    Transport(Box<leash_api::Error>),
    /// The endpoint answered with an error of its own.
    #[error("the RPC endpoint refuses `{method}`: {message} ({code})")]
    Rpc {
        /// What was asked.
        method: &'static str,
        /// The endpoint's number for it.
        code: i64,
        /// What it says.
        message: String,
    },
    /// The endpoint tried the transaction and did not pass it on.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// An answer that can't be true, or is none.
    #[error("the RPC endpoint's answer to `{method}` makes no sense: {what}")]
    Lie {
        /// What was asked.
        method: &'static str,
        /// Which field, and what is wrong with it.
        what: String,
    },
    /// A transaction of a form that leash neither makes nor reads: a newer version, say. It is none of leash's.
    #[error("`{0}` is a transaction of a form that leash doesn't make")]
    Foreign(leash_chain::Signature),
    /// A question that isn't asked: too many accounts at once, a transaction that isn't signed.
    #[error("{0}")]
    Question(&'static str),
}

impl Error {
    /// A stable name in `snake_case`, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Transport(error) => match error.as_ref() {
                leash_api::Error::InvalidUrl { .. } => BAD_URL,
                error => error.code(),
            },
            Self::Rpc { .. } => "rpc_error",
            Self::Refused(_) => "transaction_refused",
            Self::Lie { .. } | Self::Foreign(_) => "rpc_malformed",
            Self::Question(_) => "invalid_argument",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Transport(error) => match error.as_ref() {
                leash_api::Error::InsecureUrl { .. } => {
                    "use an `https` endpoint, or allow plain http with `--allow-http`"
                }
                leash_api::Error::Api(api) if api.code == leash_api::RATE_LIMITED => {
                    return error.hint().map(Cow::Owned);
                }
                _ => "check LEASH_RPC_URL, or `rpc_url` in the agent's file: `leash doctor`",
            },
            Self::Rpc { .. } | Self::Lie { .. } | Self::Foreign(_) => {
                "try again, or set LEASH_RPC_URL to another endpoint: `leash doctor`"
            }
            Self::Refused(_) | Self::Question(_) => return None,
        };
        Some(hint.into())
    }
}

impl Error {
    /// Whether asking the same again is pointless: the endpoint doesn't have the method, or doesn't accept the caller.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            // No such method, parameters that it does not accept, or no transaction history.
            Self::Rpc { code, .. } => matches!(code, -32_601 | -32_602 | -32_011),
            Self::Transport(error) => match error.as_ref() {
                leash_api::Error::Api(api) => matches!(api.status, 400 | 401 | 403 | 404 | 405 | 410 | 501),
                error => {
                    use leash_api::Error::{InsecureUrl, InvalidUrl, Redirect};
                    matches!(error, InvalidUrl { .. } | InsecureUrl { .. } | Redirect { .. })
                }
            },
            Self::Refused(_) | Self::Lie { .. } | Self::Foreign(_) => false,
            Self::Question(_) => true,
        }
    }
}

impl Refused {
    pub(crate) fn read(data: &Field<'_>, message: &str) -> Result<Self, Error> {
        let log = data.at("logs")?.log()?;
        let error = data.at("err")?.present().map(|err| ProgramError::read(&err, &log)).transpose()?;
        Ok(Self { error, message: message.to_owned(), log })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(f, "the transaction would fail: {error}"),
            None => write!(f, "the transaction would fail: {}", self.message),
        }
    }
}

impl From<leash_api::Error> for Error {
    fn from(error: leash_api::Error) -> Self {
        Self::Transport(Box::new(error))
    }
}

/// The API client's words, where they would speak of the API.
fn transport(error: &leash_api::Error) -> String {
    use leash_api::Error as E;
    match error {
        E::InvalidUrl { reason } => format!("the RPC endpoint's URL is not usable: {reason}"),
        E::InsecureUrl { origin } => {
            format!("over plain http anybody on the way to `{origin}` could forge what the chain says")
        }
        E::Api(api) => format!("the RPC endpoint answered {}: {}", api.status, api.message),
        E::Redirect { status, .. } => format!("the RPC endpoint answered {status}, a redirect"),
        other => other.to_string(),
    }
}
