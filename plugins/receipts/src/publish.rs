//! `leash receipts publish`: the API is told what it wasn't told yet.

use std::time::Duration;

use leash_buyer::publish_within;
use leash_command::Host;
use leash_identity::Identity;
use leash_output::{Error, count};
use leash_receipts::{Outbox, Published};
use serde_json::json;

use crate::{feed, local};

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let identity = feed::agent(host)?;
    // Asked for before anything else, so that its absence is said even where nothing is to be published.
    identity.bearer()?;
    let mint = identity.mint.to_string();
    let progress = host.out.progress("publishing the receipts");
    let published = publish_pending(host, identity)?;
    drop(progress);
    for refusal in &published.refused {
        host.out.warn(&format!("the API doesn't take receipt {}: {}", refusal.hash, refusal.code));
    }
    let refused: Vec<_> = published
        .refused
        .iter()
        .map(|refusal| json!({ "receipt_hash": refusal.hash, "code": refusal.code }))
        .collect();
    let document = json!({
        "kind": "receipts_publish",
        "status": "ok",
        "agent_mint": mint,
        "sent": published.sent,
        "pending": published.pending,
        "refused": refused,
        "busy": published.busy,
    });
    host.out.result(&document, || {
        if published.busy {
            return format!(
                "another process is publishing; {} left to it",
                count(published.pending, "receipt")
            );
        }
        format!("{} published, {} left", count(published.sent, "receipt"), published.pending)
    })
}

/// How many receipts the API wasn't told yet.
pub(crate) fn pending(host: &Host, identity: &Identity) -> Result<u64, Error> {
    let dir = leash_policy::dir(host.paths()?, &identity.mint);
    Outbox::new(&dir, &identity.api_url).pending(&local::chain(host, identity)?)
}

/// Tells the API the receipts of this agent's chain that it wasn't told yet, oldest first.
///
/// # Errors
/// Where the agent has no API key; as [`publish_within`].
fn publish_pending(host: &Host, identity: Identity) -> Result<Published, Error> {
    let (mint, api_url) = (identity.mint, identity.api_url.clone());
    publish_within(host.connector(), &mint, &api_url, &host.client(identity, true)?, Duration::MAX)
}
