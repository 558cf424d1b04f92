//! How a command reaches the API as the agent.

use std::sync::Arc;

use leash_api::Client;
use leash_identity::{Identity, Key};
use leash_launcher::parent_plugin;
use leash_output::{Code, Error};

use crate::Host;

impl Host {
    /// A client of the API for this agent: one that signs, for which a locked key is unlocked, or for `bearer` one that
    /// sends the API key, for which nobody is asked anything.
    ///
    /// # Errors
    /// As [`leash_launcher::Host::unlock`]; where the base URL is invalid, or the API key is missing or of the wrong network;
    /// [`leash_output::Kind::Refused`] inside a plugin, since the client signs with the key.
    pub fn client(&self, mut identity: Identity, bearer: bool) -> Result<Client, Error> {
        parent_plugin::refuse_inside_plugin()?;
        let builder = self.connector().client_builder(&identity.api_url);
        let mut builder = builder.map_err(|error| {
            if error.is(Code::new(leash_api::INVALID_URL)) {
                identity.url_origins.0.blamed("api_url", error)
            } else {
                error
            }
        })?;
        if bearer {
            builder = builder.api_key(identity.bearer()?.clone());
        } else {
            self.unlock(&mut identity)?;
        }
        Ok(match identity.executive {
            Key::Open(executive) => builder.agent(identity.mint, Arc::new(executive)).build(),
            Key::Locked(_) => builder.build(),
        })
    }
}
