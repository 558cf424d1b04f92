//! Telling the API the receipts that it wasn't told yet.

use std::time::{Duration, Instant};

use leash_api::{Auth, Client, RawRequest};
use leash_chain::Address;
use leash_connect::{Connector, api_error};
use leash_js::{Value, json as js};
use leash_output::Error;
use leash_receipts::{Chain, Outbox, Outcome, Published, Receipt};

/// Tells the API the receipts of an agent's chain that it wasn't told yet, oldest first, for so long. The client sends the
/// agent's API key. To be called after every receipt that is added; what can't be told now stays for the next time.
///
/// # Errors
/// Where the API can't be reached or doesn't take the key, or chain or note can't be read; `timeout` where the time is up.
pub fn publish_within(
    connector: Connector<'_>,
    mint: &Address,
    api_url: &str,
    client: &Client,
    within: Duration,
) -> Result<Published, Error> {
    let begun = Instant::now();
    let dir = leash_policy::dir(connector.paths()?, mint);
    let chain = Chain::new(&dir);
    let name = mint.to_string();
    Outbox::new(&dir, api_url).publish(&chain, |receipt, text| {
        let left = within.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Error::failure("timeout", "the time for telling the API is up"));
        }
        send(connector, client, &name, receipt, text, left)
    })
}

fn send(
    connector: Connector<'_>,
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
    let asked = connector.block_on(async { tokio::time::timeout(within, client.request(request)).await })?;
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
