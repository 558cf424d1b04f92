//! Receipts, in the form that the original client gives them.

use leash_files::Paths;
use leash_output::Error;
use leash_receipts::{Decision, Draft, Kind, Mpp, Price as Priced, Protocol, Receipt, X402};

use crate::{
    desk::Desk,
    entry::{Asked, Entry, Price},
    outcome::Landed,
};

/// A receipt for something that wasn't paid.
pub(crate) fn draft(
    desk: &Desk<'_>,
    asked: &Asked,
    price: Option<&Price>,
    time: String,
    decision: Decision,
    reason: Option<String>,
) -> Draft {
    let requirements = price.and_then(|price| price.requirements_hash.clone());
    Draft {
        protocol: Protocol::V1(X402 { tx_sig: None, payment_requirements_hash: requirements }),
        kind: Kind::Spend,
        agent: desk.account.mint.to_string(),
        time,
        method: asked.method.clone(),
        url: asked.url.clone(),
        body_hash: asked.body_hash.clone(),
        decision,
        reason,
        price: price.map(|price| Priced {
            amount: price.net,
            currency: price.currency.clone(),
            network: price.network.clone(),
            asset: price.asset.clone(),
            fee: price.rate.as_ref().map(|(bps, to)| (price.fee, u32::from(*bps), to.clone())),
        }),
        // Who settles it is the seller's business; the agent isn't told.
        facilitator: None,
        response_status: None,
    }
}

/// The receipt of a payment.
pub(crate) fn paid(desk: &Desk<'_>, entry: &Entry, landed: &Landed, status: Option<u16>) -> Draft {
    let price = &entry.price;
    let draft = draft(desk, &entry.asked, Some(price), entry.time.clone(), Decision::Allow, None);
    let transaction = landed.transaction.to_string();
    let protocol = match price.challenge_id.as_ref().or(price.mpp_challenge.as_ref()) {
        Some(challenge) => Protocol::Mpp(Mpp {
            challenge_id: challenge.clone(),
            settlement_tx: transaction,
            settlement_slot: landed.slot,
        }),
        None => Protocol::V1(X402 {
            tx_sig: Some(transaction),
            payment_requirements_hash: price.requirements_hash.clone(),
        }),
    };
    Draft { protocol, response_status: status, ..draft }
}

/// Adds it to the chain, and says where the rest of a torn line went.
pub(crate) fn add(desk: &Desk<'_>, draft: &Draft, is_it: impl Fn(&Receipt) -> bool) -> Result<String, Error> {
    let added = desk.receipts.append_once(draft, is_it)?;
    if let Some(aside) = &added.set_aside {
        desk.connector.out.warn(&format!(
            "the chain of receipts ended in a line that was cut off; it was moved to `{}`",
            Paths::display(aside)
        ));
    }
    Ok(added.receipt.hash)
}
