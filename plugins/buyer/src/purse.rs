//! Who signs a payment. All else that a payment takes is the same, be the key in this process or in another one.

use leash_chain::Blockhash;
use leash_intent::Payment;
use leash_output::Error;

use crate::{desk::Desk, entry::Price};

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
