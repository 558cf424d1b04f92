//! The end of a payment: ledger and receipt, once it is known what became of it.

pub(crate) mod receipt;

use jiff::Timestamp;
use leash_output::Error;
use leash_plugin::Host;
use leash_receipts::Decision;

use crate::{desk::Desk, fate::Landed, journal::Held};

/// It was paid: it is spent, and there is a receipt. Gives the receipt's hash.
pub(crate) fn paid(desk: &Desk<'_>, held: &Held, landed: &Landed) -> Result<String, Error> {
    let entry = &held.entry;
    desk.ledger.settle(&entry.id, entry.price.gross, Timestamp::now())?;
    let status = entry.answer.as_ref().map(|answer| answer.status);
    let draft = receipt::paid(desk, entry, landed, status);
    receipt::add(desk, &draft, |_| false)
}

/// It was not paid and can't be any more: it counts no longer. Gives the receipt's hash.
pub(crate) fn unpaid(desk: &Desk<'_>, held: Held, why: &str) -> Result<String, Error> {
    let hash = rejected(desk, &held, why)?;
    desk.ledger.release(&held.entry.id, why, Timestamp::now())?;
    held.close()?;
    Ok(hash)
}

/// The receipt that it was not taken, once.
pub(crate) fn rejected(desk: &Desk<'_>, held: &Held, why: &str) -> Result<String, Error> {
    let entry = &held.entry;
    let draft = receipt::draft(
        desk,
        &entry.asked,
        Some(&entry.price),
        entry.time.clone(),
        Decision::Rejected,
        Some(why.to_owned()),
    );
    receipt::add(desk, &draft, |known| {
        known.decision == Decision::Rejected && known.time == entry.time && known.url == entry.asked.url
    })
}

/// Tells the API, where there is an API key; what can't be told now is told the next time.
pub(crate) fn publish(host: &Host) {
    let told = host.identity().and_then(|identity| {
        if identity.api_key.is_none() {
            return Ok(());
        }
        let _progress = host.out.progress("publishing the receipt");
        leash_receipts_commands::publish_pending(host, identity).map(|_| ())
    });
    if let Err(error) = told {
        host.out
            .note(&format!("the receipt isn't published yet: {error}; `leash receipts publish` tries again"));
    }
}
