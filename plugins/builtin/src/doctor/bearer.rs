//! Whether the API takes the API key: a key that was revoked looks like any other.

use std::time::Duration;

use leash_api::{Auth, Client, RawRequest};
use leash_identity::{Identity, Network};
use leash_signature::Secret;

use super::{Check, local};

/// A key that may be sent, and where to.
pub(super) struct Bearer {
    key: Secret<String>,
    network: Network,
    api_url: String,
    path: String,
}

impl Bearer {
    pub(super) fn of(identity: &Identity) -> Option<Self> {
        Some(Self {
            key: local::api_key(identity)?.clone(),
            network: identity.network,
            api_url: identity.api_url.clone(),
            path: format!("/v1/receipts/{}?limit=1", identity.mint),
        })
    }

    /// What is known of it where the API can't be asked, which is a finding of its own.
    pub(super) fn untried(&self) -> Check {
        Check::ok("api key", format!("set, for {}; not tried", self.network))
    }

    /// Reads at most one receipt with it.
    pub(super) async fn ask(&self, timeout: Duration, allow_http: bool) -> Check {
        let request = RawRequest {
            method: "GET".to_owned(),
            path_and_query: self.path.clone(),
            body: None,
            auth: Auth::Bearer,
        };
        let asked = async {
            let client = Client::builder(&self.api_url)?.timeout(timeout).allow_http(allow_http);
            client.api_key(self.key.clone()).build().request(request).await
        };
        match asked.await {
            Ok(_) => Check::ok("api key", format!("set, for {}, and the API takes it", self.network)),
            Err(error) if error.is_unauthorized() => Check::fail(
                "api key",
                format!("the API doesn't take it: {error}"),
                "make a new one: `export LEASH_API_KEY=\"$(leash api-key create --label NAME --quiet)\"`, or \
                 `leash api-key create --label NAME --save` where it lies in the agent's file",
            ),
            Err(error) => Check::warn(
                "api key",
                format!("set, for {}; whether the API takes it isn't known: {error}", self.network),
                "try again later",
            ),
        }
    }
}
