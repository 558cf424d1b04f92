//! An agent to act as, and the way to its API: with its key or, inside a plugin, with what the plugin was granted.

use std::path::PathBuf;

use leash_api::Client;
use leash_chain::Address;
use leash_identity::{Environment, Identity, Network, Origin, check_api_key};
use leash_output::Error;
use leash_signature::Secret;

use leash_launcher::parent_plugin;

use crate::{
    Host,
    plugin_signer::{Told, no_api_key, other_agent},
};

/// An agent that a command acts as.
pub struct Acting {
    /// Its mint.
    pub mint: Address,
    /// Where it lives.
    pub network: Network,
    /// Signs as it, or sends the API key where that was asked for.
    pub client: Client,
    /// The API key, where one is configured or, inside a plugin, was granted.
    pub api_key: Option<Secret<String>>,
    /// The agent's file, if a further API key can be kept in it; never inside a plugin.
    pub file: Option<PathBuf>,
    /// Whether this runs inside a plugin.
    pub inside_plugin: bool,
}

impl Host {
    /// The agent that is meant, and a client that acts as it. `bearer` asks for the API key in place of signatures.
    ///
    /// Inside a plugin the client signs through the plugin's signer, so that nothing is signed which wasn't
    /// granted, and sends the API key that the plugin has in its environment: no stored one is looked for.
    ///
    /// # Errors
    /// As [`leash_launcher::Host::identity`] and [`Host::client`]; [`leash_output::Kind::Refused`] inside a plugin without a live signer of this
    /// run or, for `bearer`, without an API key, and for another agent than the plugin's.
    pub fn acting(&self, bearer: bool) -> Result<Acting, Error> {
        if parent_plugin::depth() > 0 {
            return self.acting_inside(bearer);
        }
        let identity = self.identity()?;
        Ok(Acting {
            mint: identity.mint,
            network: identity.network,
            api_key: identity.api_key.clone(),
            file: own_file(&identity),
            inside_plugin: false,
            client: self.client(identity, bearer)?,
        })
    }

    fn acting_inside(&self, bearer: bool) -> Result<Acting, Error> {
        let api_key = Environment::read()?.api_key;
        let signer = if bearer {
            if api_key.is_none() {
                return Err(no_api_key());
            }
            None
        } else {
            Some(Told::signer()?)
        };
        let told = Told::of_plugin()?;
        if self.agent_was_named()? {
            return Err(other_agent());
        }
        let mut builder = self.connector().client_builder(&told.api_url)?;
        if let Some(key) = api_key.as_ref().filter(|_| bearer) {
            check_api_key(key, told.network)?;
            builder = builder.api_key(key.clone());
        }
        if let Some(signer) = signer {
            builder = told.sign_for(signer, builder)?;
        }
        let client = builder.build();
        let Told { mint, network, .. } = told;
        Ok(Acting { mint, network, client, api_key, file: None, inside_plugin: true })
    }
}

/// The file that holds all of an identity; what is put together from several places has none.
fn own_file(identity: &Identity) -> Option<PathBuf> {
    let whole = matches!(identity.origins, (Origin::File(_), Origin::File(_)));
    identity.file.clone().filter(|_| whole)
}
