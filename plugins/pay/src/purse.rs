//! Who signs a payment. All else that a payment takes is the same, be the key in this process or in another one.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_chain::Blockhash;
use leash_identity::Identity;
use leash_intent::{Intent, Meaning, Payment, check};
use leash_output::Error;

use crate::{ask, desk::Desk, entry::Price};

/// Whoever can have a payment signed.
pub trait Purse {
    /// Whether a payment may be made that the policy allows and the treasury can make; nothing was reserved yet. May ask a
    /// person, for the key's passphrase, too.
    ///
    /// # Errors
    /// Why not.
    fn agree(&mut self, desk: &Desk<'_>, url: &str, price: &Price, payment: &Payment) -> Result<(), Error>;

    /// Signs what was agreed to and has been reserved under `id`; gives the transaction in base64.
    ///
    /// # Errors
    /// Why not; nothing was signed then.
    fn sign(
        &mut self,
        desk: &Desk<'_>,
        id: &str,
        payment: &Payment,
        blockhash: Blockhash,
    ) -> Result<String, Error>;
}

/// A key in this process, and its owner at the terminal.
pub(crate) struct Own {
    pub(crate) identity: Identity,
    /// Whether it was said on the command line what may be paid.
    pub(crate) told: bool,
}

impl Purse for Own {
    fn agree(&mut self, desk: &Desk<'_>, url: &str, price: &Price, _: &Payment) -> Result<(), Error> {
        desk.host.prompt(|| {
            ask::agree(desk, url, price, self.told)?;
            // May ask for a passphrase, so before anything is under way.
            desk.host.unlock(&mut self.identity)
        })
    }

    fn sign(
        &mut self,
        _: &Desk<'_>,
        _: &str,
        payment: &Payment,
        blockhash: Blockhash,
    ) -> Result<String, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::failure("refused_transaction", error.to_string());
        let key = self.identity.executive.open()?;
        let meaning = Meaning::Pay(payment.clone());
        let intent = Intent::new(key.public(), meaning, blockhash, 0).map_err(|error| wrong(&error))?;
        let built = intent.build().map_err(|error| wrong(&error))?;
        let mut checked = check(built, &intent).map_err(|refusal| wrong(&refusal))?;
        key.sign_transaction(&mut checked).map_err(|error| wrong(&error))?;
        let bytes = checked.into_transaction().to_bytes().map_err(|error| wrong(&error))?;
        Ok(STANDARD.encode(bytes))
    }
}
