//! The signer, as whoever signs payments. It is told what a payment means, and makes of that what it signs by itself.

use leash_buyer::{Desk, Price, Purse};
use leash_chain::Blockhash;
use leash_intent::{Layout, Payment};
use leash_output::{Error, Kind};
use leash_payer_protocol::{Meaning, Reply, Word};

use crate::link::Link;

pub(crate) struct Remote<'a>(pub(crate) &'a Link);

impl Purse for Remote<'_> {
    fn agree(&mut self, desk: &Desk<'_>, _: &str, _: &Price, payment: &Payment) -> Result<(), Error> {
        self.0.say(&Word::Agree(Meaning::of(payment)))?;
        // A person may be asked.
        match desk.prompt(|| self.0.hear())? {
            Reply::Yes => Ok(()),
            Reply::No { code, message } => Err(Error::new(Kind::Refused, code, message)),
            _ => Err(senseless()),
        }
    }

    fn sign(
        &mut self,
        _: &Desk<'_>,
        id: &str,
        payment: &Payment,
        blockhash: Blockhash,
    ) -> Result<String, Error> {
        self.0.say(&Word::Sign {
            id: id.to_owned(),
            meaning: Meaning::of(payment),
            memo: payment.memo.clone(),
            compute: match &payment.layout {
                Layout::Leash => None,
                Layout::Standard { compute, .. } => Some((compute.limit, compute.price)),
            },
            blockhash: blockhash.to_string(),
        })?;
        match self.0.hear()? {
            Reply::Signed { transaction } => Ok(transaction),
            Reply::No { code, message } => Err(Error::new(Kind::Refused, code, message)),
            _ => Err(senseless()),
        }
    }
}

fn senseless() -> Error {
    Error::failure("signer_gone", "the signer says something else than was asked")
}
