//! Refusals that more than one part of the signer gives.

use leash_protocol::frame::{Code, Refusal};

/// That a request makes no sense.
pub(crate) fn bad_request(message: &str) -> Refusal {
    Refusal::new(Code::BadRequest, message, None)
}

/// That the signer failed.
pub(crate) fn internal(message: String) -> Refusal {
    Refusal::new(Code::Internal, message, None)
}

/// What is asked after the plugin's end is asked by somebody else.
pub(crate) fn ended() -> Refusal {
    Refusal::new(Code::Expired, "the plugin has ended", None)
}
