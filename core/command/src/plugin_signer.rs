//! Acting as the agent inside a plugin: through the plugin's signer, and never with a key.

use std::sync::Arc;

use leash_api::ClientBuilder;
use leash_chain::Address;
use leash_identity::Network;
use leash_output::{Error, Kind, command};
use leash_sdk::{RemoteSigner, Signer};

use leash_launcher::parent_plugin;

use crate::Host;

impl Host {
    /// The signer of the plugin inside which this leash runs; none at the top, where it acts with its own key.
    ///
    /// # Errors
    /// [`Kind::Refused`] inside a plugin without a live signer of this run, and for another agent than the plugin's.
    pub fn signer_of_plugin(&self) -> Result<Option<Signer>, Error> {
        if parent_plugin::depth() == 0 {
            return Ok(None);
        }
        let signer = Told::signer()?;
        if self.agent_was_named()? {
            return Err(other_agent());
        }
        Ok(Some(signer))
    }
}

/// That a plugin's leash acts as the plugin's agent alone.
pub(crate) fn other_agent() -> Error {
    Error::new(Kind::Refused, "no_grant", "inside a plugin no other agent can be chosen")
        .hint("leave out `--agent` and LEASH_AGENT: the plugin's own agent is meant")
}

/// The agent of the plugin around this leash, and its API.
pub(crate) struct Told {
    pub(crate) mint: Address,
    pub(crate) network: Network,
    pub(crate) api_url: String,
}

impl Told {
    /// The signer that the plugin was given.
    ///
    /// # Errors
    /// [`Kind::Refused`] where the plugin has no live signer of this run.
    pub(crate) fn signer() -> Result<Signer, Error> {
        Signer::connect().map_err(|error| match error {
            leash_sdk::Error::NoSigner => no_grant(),
            other => Error::new(Kind::Refused, "no_signer", other.to_string())
                .hint("the plugin must hand LEASH_SIGNER's descriptor on; without it nothing is signed here"),
        })
    }

    /// # Errors
    /// [`Kind::Refused`] where the plugin has no agent, or no longer says which.
    pub(crate) fn of_plugin() -> Result<Self, Error> {
        let told = parent_plugin::context().ok_or_else(no_grant)?;
        let (Some(agent), Some(api)) = (told.agent, told.api) else { return Err(no_grant()) };
        let mint = agent.mint.parse().map_err(|_| no_grant())?;
        let network = Network::parse(&agent.network).ok_or_else(no_grant)?;
        Ok(Self { mint, network, api_url: api.base_url })
    }

    /// Gives a client the signer.
    pub(crate) fn sign_for(&self, signer: Signer, builder: ClientBuilder) -> Result<ClientBuilder, Error> {
        let signer = RemoteSigner::new(signer, &self.api_url).map_err(|error| {
            Error::new(Kind::Refused, "no_signer", error.to_string())
                .hint("give the API's URL without anything that must be escaped")
        })?;
        Ok(builder.agent(self.mint, Arc::new(signer)))
    }
}

/// That the plugin may not use the agent's API key.
pub(crate) fn no_api_key() -> Error {
    if !leash_launcher::has_signer() {
        return no_grant();
    }
    let plugin = parent_plugin::plugin();
    Error::new(Kind::Refused, "no_grant", format!("plugin `{plugin}` was not granted the API key")).hint(
        format!(
            "a manifest asks for it by `[run] api_key = true`: `{}`",
            command(&format!("plugin trust {plugin} --api-key"))
        ),
    )
}

fn no_grant() -> Error {
    // There is a refusal wherever this is asked, since nobody asks outside a plugin.
    parent_plugin::refuse_inside_plugin()
        .err()
        .unwrap_or_else(|| Error::failure("internal", "not inside a plugin"))
}
