//! Signing transactions: only those that were checked, and the keys of new assets.

use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use leash_chain::{Address, Signature};
use leash_intent::Checked;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Executive;

/// What an asset's key is made from, beside secret and number. Another text is another asset.
const ASSET_LABEL: &[u8] = b"leash asset v1";

/// The transaction was meant for another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the transaction is for another key than `{0}`")]
pub struct NotMeant(Address);

/// The key of an asset that is yet to be made. It signs that one creation.
pub struct AssetKey(SigningKey);

impl Executive {
    /// Signs a transaction that was checked for this key.
    ///
    /// # Errors
    /// [`NotMeant`] where the check was for another key.
    pub fn sign_transaction(&self, checked: &mut Checked) -> Result<(), NotMeant> {
        let meant = *checked.executive() == self.public();
        sign(&self.0, checked, meant)
    }

    /// The key of a new asset: the same for the same number, so that a creation that broke off goes on with the
    /// same asset, and no second secret has to be kept. Without the executive's secret, nobody can tell it.
    #[must_use]
    pub fn asset_key(&self, number: &[u8; 16]) -> AssetKey {
        // HMAC itself fills a shorter key up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(self.0.as_bytes());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(ASSET_LABEL);
        mac.update(number);
        let seed = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
        AssetKey(SigningKey::from_bytes(&seed))
    }
}

impl AssetKey {
    /// The asset's address.
    #[must_use]
    pub fn public(&self) -> Address {
        Address::new(self.0.verifying_key().to_bytes())
    }

    /// Signs the creation of this asset.
    ///
    /// # Errors
    /// [`NotMeant`] where the transaction creates another one, or none.
    pub fn sign_transaction(&self, checked: &mut Checked) -> Result<(), NotMeant> {
        let meant = checked.asset() == Some(&self.public());
        sign(&self.0, checked, meant)
    }
}

fn sign(key: &SigningKey, checked: &mut Checked, meant: bool) -> Result<(), NotMeant> {
    let public = Address::new(key.verifying_key().to_bytes());
    let bytes = checked.transaction().message().to_bytes().ok().filter(|_| meant);
    let signed = bytes.is_some_and(|bytes| {
        let signature = Signature::new(key.sign(&bytes).to_bytes());
        checked.put(&public, signature)
    });
    if signed { Ok(()) } else { Err(NotMeant(public)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_key_is_pinned() {
        let executive = Executive(SigningKey::from_bytes(&[7; 32]));
        // openssl's HMAC-SHA256 of `leash asset v1` and the number, under 0707…07, and its public key of that seed.
        assert_eq!(
            executive.asset_key(&[1; 16]).public().to_string(),
            "G98eEynt9jb8fMSxg2PcEtxVusk3oUVT8Ls5kUVEvqSA"
        );
    }
}
