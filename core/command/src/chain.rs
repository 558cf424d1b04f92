//! How a command reaches the chain.

use leash_identity::Identity;
use leash_output::{Code, Error};
use leash_rpc::Rpc;

use crate::Host;

impl Host {
    /// The agent's RPC endpoint.
    ///
    /// # Errors
    /// Where its URL is invalid.
    pub fn rpc(&self, identity: &Identity) -> Result<Rpc, Error> {
        self.connector().rpc_at(&identity.rpc_url).map_err(|error| {
            if error.is(Code::new(leash_rpc::BAD_URL)) {
                identity.url_origins.1.blamed("rpc_url", error)
            } else {
                error
            }
        })
    }
}
