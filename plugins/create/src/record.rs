//! Making the agent known to the API. Doing it twice does no harm.

use leash_connect::api_error;
use leash_output::{Error, escape};
use serde_json::{Value, json};

use crate::work::Work;

impl Work<'_> {
    /// Gives where its receipts are.
    pub(crate) fn record(&self, asset: &str) -> Result<String, Error> {
        let me = self.pending.executive.public().to_string();
        let registration = self.pending.meta.registration(&me);
        let mut body = json!({
            "mint": asset, "executive_pubkey": me, "name": registration.name,
            "description": registration.description, "services": registration.services,
            "network": self.pending.network.as_str(),
        });
        if !registration.image.is_empty() {
            body["image_url"] = json!(registration.image);
        }
        let endpoint =
            self.host.connector().endpoint(&format!("{}/v1/agents/record", self.place.api_url()))?;
        let progress = self.host.out.progress("recording the agent at the API");
        let answer = self.host.block_on(endpoint.post(body.to_string().into_bytes(), true))?;
        drop(progress);
        let usual = format!("{}/v1/receipts/{asset}", self.place.api_url());
        match answer {
            Ok(bytes) => {
                let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                Ok(document["receipts_service"].as_str().map_or(usual, str::to_owned))
            }
            // By a run whose answer was lost.
            Err(leash_api::Error::Api(api))
                if api.status == 422 && api.message.contains("already recorded") =>
            {
                Ok(usual)
            }
            Err(error) => {
                let wrapped = api_error(error);
                let message = format!(
                    "the agent `{asset}` is minted, but not recorded yet: {}",
                    escape(wrapped.message())
                );
                Err(Error::failure("not_recorded", message)
                    .hint("run the same command again: it records the agent, and mints nothing"))
            }
        }
    }
}
