//! The key of a log.

use hmac::{Hmac, KeyInit as _, Mac as _};
use leash_signature::Secret;
use leash_signer::Executive;
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a log's codes are made with. Who has the executive key has it, and nobody else.
pub struct AuditKey(Secret<[u8; 32]>);

impl AuditKey {
    /// Takes a key that was made from an executive key.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The key of an agent's log.
    #[must_use]
    pub fn of(executive: &Executive) -> Self {
        Self(executive.audit_key())
    }

    /// The code of some bytes, in hex.
    pub(crate) fn code(&self, bytes: &[u8]) -> String {
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.expose());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(bytes);
        let code: [u8; 32] = mac.finalize().into_bytes().into();
        code.iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|n| char::from_digit(n.into(), 16))
            .collect()
    }
}

impl std::fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuditKey(REDACTED)")
    }
}
