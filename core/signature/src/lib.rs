//! What is signed of a request ([`Envelope`]), and the trait of whatever signs it ([`SignHttp`]).
//!
//! No key is here, so that a program that has a request signed by another process links none of what computes with one.

mod envelope;
mod secret;

pub use envelope::{Envelope, SignatureHeaders};
pub use secret::Secret;

/// Anything that signs requests as the agent: a key in this process, or another process that holds it.
pub trait SignHttp: Send + Sync {
    /// Signs one request.
    ///
    /// # Errors
    /// [`SignError`] where the signer refuses, or can't be reached. A key in this process never fails.
    fn sign_http(&self, request: &Envelope<'_>) -> Result<SignatureHeaders, SignError>;
}

/// Why a signer gave no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SignError {
    /// What kind of refusal, as in the plugin contract: `denied_scope`, `quota`, `locked`, …
    pub code: String,
    /// What happened, for a person.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
