//! The end of a payment: ledger and receipt, once it is known what became of it. Every step may be repeated.

pub(crate) mod receipt;

use std::time::Duration;

use leash_chain::Network;
use leash_output::{Error, Kind};
use leash_policy::{Grounds, Ledger, Release, Settle, Usd};
use leash_protocol::name;
use leash_receipts::{Decision, keep_payment_receipt};
use leash_submit::Witnesses;

use crate::{
    desk::Desk,
    entry::{Ended, Entry},
    journal::Held,
    outcome::Landed,
    publish::publish_within,
};

/// How long telling the API may take; what isn't told by then is told the next time.
const PUBLISHING: Duration = Duration::from_secs(3);

/// What came of closing a payment that wasn't made.
pub(crate) enum Unpaid {
    /// It counts no longer, and has a receipt.
    GivenBack,
    /// It goes on counting, for this reason.
    Withheld(String),
    /// The ledger has it as paid already, which stands.
    WasPaid,
}

/// It was paid: it is spent, and there is a receipt. Gives the receipt's hash.
///
/// # Errors
/// `uncounted_payment` where it had been given back: nothing more is paid until it is counted.
pub(crate) fn paid(desk: &Desk<'_>, held: &mut Held, landed: &Landed) -> Result<String, Error> {
    let entry = &held.entry;
    if desk.ledger.settle(&entry.id, entry.price.gross, desk.now())? == Settle::WasReleased {
        held.entry.uncounted = true;
        held.note()?;
        return Err(uncounted(&held.entry));
    }
    in_grant(desk, entry, |ledger| ledger.recount(&entry.id, entry.price.gross, desk.now()));
    add_receipt(desk, entry, landed)
}

/// Counts a payment that had been given back and was made after all. Gives the receipt's hash.
pub(crate) fn recount(desk: &Desk<'_>, entry: &Entry, landed: &Landed) -> Result<String, Error> {
    desk.ledger.recount(&entry.id, entry.price.gross, desk.now())?;
    in_grant(desk, entry, |ledger| ledger.recount(&entry.id, entry.price.gross, desk.now()));
    add_receipt(desk, entry, landed)
}

fn add_receipt(desk: &Desk<'_>, entry: &Entry, landed: &Landed) -> Result<String, Error> {
    let status = entry.answer.as_ref().map(|answer| answer.status);
    let hash = receipt::add(desk, &receipt::paid(desk, entry, landed, status), |_| false)?;
    if let Some(value) = entry.answer.as_ref().and_then(|answer| answer.payment_receipt.as_deref()) {
        keep_payment_receipt(&desk.dir, &hash, value)?;
    }
    Ok(hash)
}

/// The one thing that stops new payments.
pub(crate) fn uncounted(entry: &Entry) -> Error {
    let gross = entry.price.written(entry.price.gross);
    let message = format!(
        "payment `{}` of {gross} was given back and is on the chain: more has left the treasury than is counted",
        entry.id
    );
    Error::new(Kind::Refused, "uncounted_payment", message)
        .hint("count it: `leash payments resolve`; an RPC endpoint may have lied: `leash payments list`")
}

/// It was not paid and can't be any more, as the entry notes.
pub(crate) fn unpaid(desk: &Desk<'_>, mut held: Held, why: &str) -> Result<Unpaid, Error> {
    let (grounds, in_grant) = match held.entry.outcome {
        Some(Ended::Failed { witnesses } | Ended::Expired { witnesses }) => (
            grounds(witnesses, desk.effective.rules.daily),
            // Where the grant's limit isn't known, one endpoint releases nothing of it.
            grounds(witnesses, daily_of_grant(&held.entry)),
        ),
        _ => return Err(Error::failure("internal", "nobody says that it wasn't paid")),
    };
    let is_doubted = matches!(grounds, Grounds::OneEndpoint { .. });
    if is_doubted {
        // Before it stops counting, so that nobody who finds it takes it for one that may be sent again.
        held.entry.released_at = Some(desk.now().as_second());
        held.entry.withheld = None;
        held.note()?;
    }
    match give_back(desk, &held.entry, why, grounds, in_grant)? {
        Release::Done => {}
        Release::WasSettled => return held.close().map(|()| Unpaid::WasPaid),
        Release::Withheld { released, most } => {
            let why = format!(
                "one RPC endpoint says that it wasn't paid; on such words {released} of at most {most} USDC were released today"
            );
            held.entry.released_at = None;
            held.entry.withheld = Some(why.clone());
            held.note()?;
            return Ok(Unpaid::Withheld(why));
        }
    }
    rejected(desk, &held, why)?;
    if !is_doubted {
        held.close()?;
    }
    Ok(Unpaid::GivenBack)
}

/// Releases a payment that is noted as released, wherever it isn't yet.
pub(crate) fn release_again(desk: &Desk<'_>, entry: &Entry) -> Result<(), Error> {
    let Some(Ended::Failed { witnesses } | Ended::Expired { witnesses }) = entry.outcome else {
        return Ok(());
    };
    let most = desk.effective.rules.daily;
    give_back(desk, entry, "expired", grounds(witnesses, most), grounds(witnesses, daily_of_grant(entry)))
        .map(drop)
}

/// Nothing was handed out, as this process knows: it counts no longer, and no endpoint is asked.
pub(crate) fn not_sent(desk: &Desk<'_>, entry: &Entry, why: &str) -> Result<(), Error> {
    give_back(desk, entry, why, Grounds::NothingLeft, Grounds::NothingLeft).map(drop)
}

const fn grounds(witnesses: Witnesses, most: Usd) -> Grounds {
    match witnesses {
        Witnesses::One => Grounds::OneEndpoint { most },
        Witnesses::Two => Grounds::TwoEndpoints,
    }
}

fn daily_of_grant(entry: &Entry) -> Usd {
    entry.grant_daily.as_deref().and_then(|text| text.parse().ok()).unwrap_or(Usd::ZERO)
}

/// Gives it back wherever it was reserved.
fn give_back(
    desk: &Desk<'_>,
    entry: &Entry,
    why: &str,
    grounds: Grounds,
    of_grant: Grounds,
) -> Result<Release, Error> {
    if !desk.ledger.knows(&entry.id)? {
        // Nothing was reserved, here or in a grant, which comes after.
        return Ok(Release::Done);
    }
    let release = desk.ledger.release(&entry.id, why, grounds, desk.now())?;
    if release != Release::Done {
        return Ok(release);
    }
    // Where the grant withholds it, it goes on counting there, and costs the plugin alone.
    let _ = in_grant(desk, entry, |ledger| ledger.release(&entry.id, why, of_grant, desk.now()));
    Ok(Release::Done)
}

/// Does it in the ledger of the plugin out of whose grant it was to be paid. Where that can't be written the payment goes on
/// counting there, which costs the plugin and nobody else.
fn in_grant<T>(desk: &Desk<'_>, entry: &Entry, act: impl FnOnce(&Ledger) -> Result<T, Error>) -> Option<T> {
    let plugin = entry.plugin.as_deref().filter(|plugin| name::is_valid(plugin))?;
    let done = desk.connector.paths().and_then(|paths| {
        let ledger = leash_policy::of_plugin(paths, plugin);
        // Its signer may never have come to it.
        if ledger.knows(&entry.id)? { act(&ledger).map(Some) } else { Ok(None) }
    });
    done.unwrap_or_else(|error| {
        desk.connector.out.warn(&format!("cannot note what `{plugin}` has paid: {error}; {}", error.hints()));
        None
    })
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
pub fn publish(desk: &Desk<'_>) {
    let (connector, account) = (desk.connector, &desk.account);
    let Some(key) = &account.api_key else { return };
    let _progress = connector.out.progress("publishing the receipt");
    let told = check_api_key(key.expose(), account.network)
        .and_then(|()| connector.client_with_key(&account.api_url, key.clone()))
        .and_then(|client| {
            let within = PUBLISHING.min(desk.remaining());
            publish_within(connector, &account.mint, &account.api_url, &client, within)
        });
    if let Err(error) = told {
        connector.out.note(&format!(
            "the receipt isn't published yet: {error}; `{}` tries again",
            leash_output::command("receipts publish")
        ));
    }
}

/// A key of the other network isn't sent.
fn check_api_key(key: &str, network: Network) -> Result<(), Error> {
    network.check_api_key(key).map_err(|mismatch| {
        Error::new(Kind::Identity, "network_mismatch", mismatch.to_string())
            .hint("set LEASH_API_KEY to a key of this agent, or LEASH_NETWORK to the key's network")
    })
}
