//! Failures of the clients as failures of a command.

use leash_output::{Error, Kind};
use leash_protocol::frame::Code as Refusal;

/// What a plugin's signer says where it is the plugin that may not have a signature.
const SIGNER_REFUSES: [&str; 6] = [
    Refusal::DeniedScope.as_str(),
    Refusal::DeniedConsent.as_str(),
    Refusal::Quota.as_str(),
    Refusal::Expired.as_str(),
    leash_sdk::WRONG_SIGNER,
    leash_sdk::CLOSED,
];

/// Turns a failure of the API client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn api_error(error: leash_api::Error) -> Error {
    let kind = match error.code().strip_prefix(leash_api::SIGNER_PREFIX) {
        Some(code) if SIGNER_REFUSES.contains(&code) => Kind::Refused,
        Some(code) if code == Refusal::Locked.as_str() => Kind::Identity,
        _ if error.is_unauthorized() => Kind::Identity,
        _ => Kind::Failure,
    };
    let wrapped = Error::new(kind, error.code().to_owned(), error.to_string());
    // The client knows no command line; here the options have names.
    match (&error, error.hint()) {
        (leash_api::Error::InsecureUrl { .. }, _) => {
            wrapped.hint("use `https`, or allow plain http with `--allow-http`")
        }
        (leash_api::Error::Timeout { .. }, _) => wrapped.hint(
            "check that the API's URL is right (`leash agent show`), or allow more time with `--timeout`",
        ),
        (leash_api::Error::Connect { .. }, _) if is_local_and_down(&error) => {
            wrapped.hint("if that is the sandbox, start it: `leash sandbox up`")
        }
        (_, Some(hint)) => wrapped.hint(hint),
        (_, None) => wrapped,
    }
}

/// Whether nobody listens where a sandbox would; who speaks, but not TLS as it should, isn't down.
#[must_use]
pub fn is_local_and_down(error: &leash_api::Error) -> bool {
    matches!(error, leash_api::Error::Connect { origin, certificate: false, .. } if origin.contains("127.0.0.1"))
}

/// Turns a failure of the RPC client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn rpc_error(error: leash_rpc::Error) -> Error {
    let wrapped = Error::new(Kind::Failure, error.code().to_owned(), error.to_string());
    match error.hint() {
        Some(hint) => wrapped.hint(hint),
        None => wrapped,
    }
}
