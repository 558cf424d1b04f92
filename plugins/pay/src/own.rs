//! The agent's key in this process, for a payment that its owner makes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use leash_buyer::{Desk, Price, Purse};
use leash_chain::Blockhash;
use leash_command::Host;
use leash_identity::Identity;
use leash_intent::{Intent, Meaning, Payment, check};
use leash_output::Error;

use crate::ask;

/// A key in this process, and its owner at the terminal.
pub(crate) struct Own<'a> {
    pub(crate) host: &'a Host,
    pub(crate) identity: Identity,
    /// Whether it was said on the command line what may be paid.
    pub(crate) told: bool,
}

impl Purse for Own<'_> {
    fn agree(&mut self, desk: &Desk<'_>, url: &str, price: &Price, _: &Payment) -> Result<(), Error> {
        desk.prompt(|| {
            ask::agree(desk, url, price, self.told)?;
            // May ask for a passphrase, so before anything is under way.
            self.host.unlock(&mut self.identity)
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
        let intent = Intent::new(key.public(), meaning, blockhash, payment.network_fee())
            .map_err(|error| wrong(&error))?;
        let built = intent.build().map_err(|error| wrong(&error))?;
        let mut checked = check(built, &intent).map_err(|refusal| wrong(&refusal))?;
        key.sign_transaction(&mut checked).map_err(|error| wrong(&error))?;
        let bytes = checked.into_transaction().to_bytes().map_err(|error| wrong(&error))?;
        Ok(STANDARD.encode(bytes))
    }
}
