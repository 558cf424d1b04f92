//! A plugin's call for a payment, and what the audit log says of it.

use std::os::fd::BorrowedFd;

use jiff::Timestamp;
use leash_audit::{Entry, Payment};
use leash_policy::{Name, Usd};
use leash_protocol::frame::Refusal;

use crate::{
    key::OpenKey,
    request::Pay,
    run::Run,
    signer::{Signer, stamp},
};

/// What a plugin asks for, and the signer that is asked. Its key is open: nothing else of a payment could be in the audit log.
#[derive(Clone, Copy)]
pub(super) struct PaymentCall<'a> {
    pub(super) signer: &'a Signer,
    pub(super) key: &'a OpenKey,
    pub(super) ask: &'a Pay,
    pub(super) client: Option<BorrowedFd<'a>>,
}

impl<'a> PaymentCall<'a> {
    pub(super) const fn run(&self) -> &'a Run {
        &self.signer.run
    }

    /// Writes a decision to the audit log.
    pub(super) fn record(
        &self,
        gross: Option<Usd>,
        decision: &str,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let purchase = &self.ask.purchase;
        let gross = gross.map(|gross| gross.to_string());
        self.signer.record(
            self.key,
            &Entry {
                method: purchase.method.clone(),
                path: purchase.url.clone(),
                body_sha256: purchase.body_sha256.clone(),
                pay: Some(Payment { host: host_of(&purchase.url), gross, reason }),
                ..self.signer.entry(&stamp(Timestamp::now()), decision)
            },
        )
    }

    /// Writes a refusal to the audit log, and gives what to answer: the refusal or, where that can't be written, why.
    pub(super) fn refused(&self, refusal: Refusal) -> Refusal {
        let reason = refusal.reason().map(str::to_owned);
        self.record(None, refusal.code.as_str(), reason).err().unwrap_or(refusal)
    }
}

/// The host of a URL.
fn host_of(url: &str) -> String {
    Name::of_url(url).map(|host| host.to_string()).unwrap_or_default()
}
