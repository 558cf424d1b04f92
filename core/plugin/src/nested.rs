//! Acting as the agent inside a plugin: through the plugin's signer, and never with a key.

use std::sync::Arc;

use leash_api::ClientBuilder;
use leash_chain::Address;
use leash_output::{Error, Kind};
use leash_sdk::{RemoteSigner, Signer};

use crate::outer;

/// The agent of the plugin around this leash, its API, and the signer that the plugin was given.
pub(crate) struct Acting {
    pub(crate) mint: Address,
    pub(crate) api_url: String,
    signer: Signer,
}

impl Acting {
    /// # Errors
    /// [`Kind::Refused`] where the plugin has no live signer of this run, or no agent.
    pub(crate) fn inside_plugin() -> Result<Self, Error> {
        let signer = Signer::connect().map_err(|error| match error {
            leash_sdk::Error::NoSigner => no_grant(),
            other => Error::new(Kind::Refused, "no_signer", other.to_string())
                .hint("the plugin must hand LEASH_SIGNER's descriptor on; without it nothing is signed here"),
        })?;
        let told = outer::context().ok_or_else(no_grant)?;
        let (Some(agent), Some(api)) = (told.agent, told.api) else { return Err(no_grant()) };
        let mint = agent.mint.parse().map_err(|_| no_grant())?;
        Ok(Self { mint, api_url: api.base_url, signer })
    }

    /// Gives a client the signer.
    pub(crate) fn sign_for(self, builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let signer = RemoteSigner::new(self.signer, &self.api_url).map_err(|error| {
            Error::new(Kind::Refused, "no_signer", error.to_string())
                .hint("give the API's URL without anything that must be escaped")
        })?;
        Ok(builder.agent(self.mint, Arc::new(signer)))
    }
}

fn no_grant() -> Error {
    // There is a refusal wherever this is asked, since nobody asks outside a plugin.
    outer::refuse_inside_plugin().err().unwrap_or_else(|| Error::failure("internal", "not inside a plugin"))
}
