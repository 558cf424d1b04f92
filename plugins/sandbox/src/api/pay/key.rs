//! The facilitator's key: it pays the fees of payments, and the rent of the token accounts that they make.

use ed25519_dalek::{Signer as _, SigningKey};
use leash_chain::{Address, Signature, Transaction, WireError};
use leash_ledger::{Error, Ledger, Rejected};

use super::Sandbox;
use crate::{
    api::Answer,
    store::facilitator::{get, put},
};

/// Below this, the faucet gives it more, in lamports.
const LOW: u64 = 1_000_000_000;
/// How much, in lamports.
const GIFT: u64 = 100_000_000_000;

/// The key.
pub(super) struct Key(SigningKey);

impl Key {
    /// The sandbox's, made at the first time.
    pub(super) fn of(sandbox: &Sandbox) -> Result<Self, Answer> {
        if let Some(secret) = sandbox.store.read(get)? {
            return Ok(Self(SigningKey::from_bytes(&secret)));
        }
        let mut secret = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret)?;
        let secret = sandbox.store.write(|write| {
            put(write, &secret)?;
            // Another request may have been faster.
            get(write)?.ok_or_else(|| Answer::internal("the facilitator's key was not kept"))
        })?;
        Ok(Self(SigningKey::from_bytes(&secret)))
    }

    #[cfg(test)]
    pub(super) fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Its address.
    pub(super) fn address(&self) -> Address {
        Address::new(self.0.verifying_key().to_bytes())
    }

    /// Signs as the fee payer. The signature is the transaction's name.
    pub(super) fn cosign(&self, transaction: &mut Transaction) -> Result<Signature, WireError> {
        let signature = Signature::new(self.0.sign(&transaction.message().to_bytes()?).to_bytes());
        transaction.put(&self.address(), signature);
        Ok(signature)
    }

    /// Sees to it that it can pay.
    pub(super) fn fund(&self, ledger: &mut Ledger) -> Result<Result<(), Rejected>, Error> {
        let address = self.address();
        if ledger.account(&address).is_some_and(|account| account.lamports >= LOW) {
            return Ok(Ok(()));
        }
        Ok(ledger.airdrop(&address, GIFT)?.map(|_| ()))
    }
}
