//! The one room that sees the executive key.
//!
//! [`Executive`] holds the key; it can be asked for its public half, for the headers of one HTTP request,
//! and for the signature of a transaction that was held against what a command means
//! ([`leash_intent::Checked`]), and for nothing else: there is no way to have it sign bytes of the caller's
//! choosing, and no way to get the secret back out but [`Executive::export`], which exists for the file
//! that holds it.
//!
//! Everything else asks for signatures through the trait [`SignHttp`], so it works as well where the
//! key is in another process.

mod envelope;
mod executive;
mod secret;
mod transaction;

pub use envelope::{Envelope, SignatureHeaders};
pub use executive::{Executive, KeyError, verify};
pub use secret::Secret;
pub use transaction::{AssetKey, NotMeant};

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
