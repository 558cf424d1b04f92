//! The agent's key, as far as this signer has it.

use leash_audit::AuditKey;
use leash_intent::Checked;
use leash_protocol::frame::{Code, Refusal};
use leash_signature::{Envelope, SignHttp as _, SignatureHeaders};
use leash_signer::Executive;

use crate::refusal::internal;

/// The agent's key.
#[allow(clippy::large_enum_variant, reason = "a signer has one of them")]
pub(crate) enum Key {
    Open(OpenKey),
    /// It is encrypted, and nobody could be asked for its passphrase.
    Locked {
        /// How it is unlocked.
        hint: String,
    },
}

/// A key that signs. What is written to the audit log is authenticated with a key that is made from it.
pub(crate) struct OpenKey {
    executive: Executive,
    log_key: AuditKey,
}

impl Key {
    /// The key itself.
    ///
    /// # Errors
    /// [`Code::Locked`], where it is encrypted.
    pub(crate) fn open(&self) -> Result<&OpenKey, Refusal> {
        match self {
            Self::Open(key) => Ok(key),
            Self::Locked { hint } => {
                let message = "the agent's key is locked, and nobody could be asked for its passphrase";
                Err(Refusal::new(Code::Locked, message, Some(hint.clone())))
            }
        }
    }
}

impl From<Executive> for Key {
    fn from(executive: Executive) -> Self {
        Self::Open(OpenKey { log_key: AuditKey::of(&executive), executive })
    }
}

impl OpenKey {
    pub(crate) const fn log_key(&self) -> &AuditKey {
        &self.log_key
    }

    pub(crate) fn sign_http(&self, envelope: &Envelope<'_>) -> Result<SignatureHeaders, Refusal> {
        self.executive.sign_http(envelope).map_err(|error| internal(error.to_string()))
    }

    /// The bytes of the transaction with this key's signature.
    pub(crate) fn sign_transaction(&self, mut checked: Checked) -> Result<Vec<u8>, Refusal> {
        self.executive.sign_transaction(&mut checked).map_err(|error| internal(error.to_string()))?;
        checked.into_transaction().to_bytes().map_err(|error| internal(error.to_string()))
    }
}
