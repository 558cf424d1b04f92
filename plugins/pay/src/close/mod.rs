//! The end of a payment: ledger and receipt, once it is known what became of it.

pub(crate) mod receipt;

use jiff::Timestamp;
use leash_output::Error;
use leash_protocol::name;
use leash_receipts::Decision;

use leash_identity::check_api_key;
use leash_policy::Ledger;

use crate::{desk::Desk, entry::Entry, fate::Landed, journal::Held};

/// It was paid: it is spent, and there is a receipt. Gives the receipt's hash.
pub(crate) fn paid(desk: &Desk<'_>, held: &Held, landed: &Landed) -> Result<String, Error> {
    let entry = &held.entry;
    desk.ledger.settle(&entry.id, entry.price.gross, Timestamp::now())?;
    in_grant(desk, entry, |ledger| ledger.settle(&entry.id, entry.price.gross, Timestamp::now()));
    let status = entry.answer.as_ref().map(|answer| answer.status);
    let draft = receipt::paid(desk, entry, landed, status);
    receipt::add(desk, &draft, |_| false)
}

/// It was not paid and can't be any more: it counts no longer. Gives the receipt's hash.
pub(crate) fn unpaid(desk: &Desk<'_>, held: Held, why: &str) -> Result<String, Error> {
    let hash = rejected(desk, &held, why)?;
    give_back(desk, &held.entry, why)?;
    held.close()?;
    Ok(hash)
}

/// It counts no longer, wherever it was reserved.
pub(crate) fn give_back(desk: &Desk<'_>, entry: &Entry, why: &str) -> Result<(), Error> {
    desk.ledger.release(&entry.id, why, Timestamp::now())?;
    in_grant(desk, entry, |ledger| ledger.release(&entry.id, why, Timestamp::now()));
    Ok(())
}

/// Says so to the ledger of the plugin out of whose grant it was to be paid. Where that can't be written the payment goes on
/// counting there, which costs the plugin and nobody else.
pub(crate) fn in_grant(desk: &Desk<'_>, entry: &Entry, tell: impl FnOnce(&Ledger) -> Result<(), Error>) {
    let Some(plugin) = entry.plugin.as_deref().filter(|plugin| name::is_valid(plugin)) else { return };
    let told = desk.host.paths().and_then(|paths| {
        let ledger = leash_policy::of_plugin(paths, plugin);
        // Its signer may never have come to it.
        if ledger.knows(&entry.id)? { tell(&ledger) } else { Ok(()) }
    });
    if let Err(error) = told {
        desk.host.out.warn(&format!("what `{plugin}` has paid can't be noted: {error}; {}", error.hints()));
    }
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
pub(crate) fn publish(desk: &Desk<'_>) {
    let (host, account) = (desk.host, &desk.account);
    let Some(key) = &account.api_key else { return };
    let _progress = host.out.progress("publishing the receipt");
    let told = check_api_key(key, account.network)
        .and_then(|()| host.client_with_key(&account.api_url, key.clone()))
        .and_then(|client| {
            leash_receipts_commands::publish_with(host, &account.mint, &account.api_url, &client)
        });
    if let Err(error) = told {
        host.out.note(&format!(
            "the receipt isn't published yet: {error}; `{}` tries again",
            leash_output::command("receipts publish")
        ));
    }
}
