//! How a command reaches the chain.

use leash_identity::Identity;
use leash_output::{Error, Kind};
use leash_rpc::Rpc;

use crate::{Host, reach::tell};

impl Host {
    /// The agent's RPC endpoint.
    ///
    /// # Errors
    /// Where its URL is none.
    pub fn rpc(&self, identity: &Identity) -> Result<Rpc, Error> {
        let (out, timeout) = (self.out, self.timeout()?);
        let allow_http = self.globals().allow_http || self.settings()?.allow_http;
        Rpc::new(&identity.rpc_url, |builder| {
            builder
                .user_agent(&format!("leash/{}", Self::version()))
                .timeout(timeout)
                .allow_http(allow_http)
                .observer(move |event| tell(out, event))
        })
        .map_err(rpc_error)
    }
}

/// Turns a failure of the RPC client into one of a command.
#[must_use]
#[allow(clippy::needless_pass_by_value, reason = "it is made to be given to `map_err`")]
pub fn rpc_error(error: leash_rpc::Error) -> Error {
    let wrapped = Error::new(Kind::Failure, error.code().to_owned(), error.to_string());
    match error.hint() {
        Some(hint) => wrapped.hint(hint),
        None => wrapped,
    }
}
