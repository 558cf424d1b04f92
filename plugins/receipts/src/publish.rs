//! `leash receipts publish`: the API is told what it wasn't told yet.

use std::time::{Duration, Instant};

use leash_api::{Auth, Client, RawRequest};
use leash_chain::Address;
use leash_command::{Host, api_error};
use leash_identity::Identity;
use leash_js::{Value, json as js};
use leash_output::{Error, count};
use leash_receipts::{Chain, Outbox, Outcome, Published, Receipt};
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
    publish_within(host, &mint, &api_url, &host.client(identity, true)?, Duration::MAX)
}

/// The same with a client that sends the agent's API key, for so long. To be called after every receipt that is added; what
/// can't be told now stays for the next time.
///
/// # Errors
/// Where the API can't be reached or doesn't take the key, or chain or note can't be read; `timeout` where the time is up.
pub fn publish_within(
    host: &Host,
    mint: &Address,
    api_url: &str,
    client: &Client,
    within: Duration,
) -> Result<Published, Error> {
    let begun = Instant::now();
    let dir = leash_policy::dir(host.paths()?, mint);
    let chain = Chain::new(&dir);
    let name = mint.to_string();
    Outbox::new(&dir, api_url).publish(&chain, |receipt, text| {
        let left = within.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Error::failure("timeout", "the time for telling the API is up"));
        }
        send(host, client, &name, receipt, text, left)
    })
}

fn send(
    host: &Host,
    client: &Client,
    mint: &str,
    receipt: &Receipt,
    text: &str,
    within: Duration,
) -> Result<Outcome, Error> {
    let request = RawRequest {
        method: "POST".to_owned(),
        path_and_query: format!("/v1/receipts/{mint}"),
        body: Some(text.as_bytes().to_vec()),
        auth: Auth::Bearer,
    };
    let asked = host.block_on(async { tokio::time::timeout(within, client.request(request)).await })?;
    let answer = match asked.map_err(|_| Error::failure("timeout", "the API did not answer in time"))? {
        Ok(answer) => answer,
        // It was read and is no good; it won't be any better the next time.
        Err(leash_api::Error::Api(api)) if matches!(api.status, 400 | 413 | 422) => {
            return Ok(Outcome::Refused(api.code.clone()));
        }
        Err(error) => return Err(api_error(error)),
    };
    let told = js::parse(&answer.body).ok();
    let told = told.as_ref().and_then(|value| value.get("receipt_hash")).and_then(Value::as_text);
    if told.is_some_and(|hash| hash.is(&receipt.hash)) {
        return Ok(Outcome::Kept);
    }
    Err(Error::failure(
        "malformed",
        "the API's answer to a receipt doesn't name it, so whether it has it isn't known",
    )
    .hint("check that the API's URL is right (`leash agent show`), then again: `leash receipts publish`"))
}
