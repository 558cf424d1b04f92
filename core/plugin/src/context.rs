//! The document that tells a plugin who it runs for.

use std::path::Path;

use leash_identity::Identity;
use leash_output::Error;
use leash_protocol::{
    PROTOCOL,
    context::{Agent, Api, Context, Dirs, Endpoint, Global, Host as HostInfo, Plugin, Source},
};

use crate::Host;

/// Makes the context of one run.
pub(crate) fn make(
    host: &Host,
    name: &str,
    source: Source,
    identity: Option<&Identity>,
    invocation: String,
    depth: u32,
) -> Result<Context, Error> {
    let paths = host.paths()?;
    Ok(Context {
        v: PROTOCOL,
        invocation,
        depth,
        plugin: Plugin { name: name.to_owned(), source },
        agent: identity.map(|identity| Agent {
            name: identity.name.clone(),
            mint: identity.mint.to_string(),
            executive_pubkey: identity.executive.public().to_string(),
            treasury: leash_chain::treasury(&identity.mint).to_string(),
            network: identity.network.to_string(),
        }),
        api: identity.map(|identity| Api { base_url: identity.api_url.clone() }),
        rpc: identity.map(|identity| Endpoint { url: identity.rpc_url.clone() }),
        explorer: identity.map(|identity| Endpoint { url: identity.explorer_url.clone() }),
        global: Global {
            json: host.out.json,
            color: host.out.color.as_str().to_owned(),
            quiet: host.out.quiet,
            verbose: host.out.verbose,
        },
        dirs: Dirs { data: own(&paths.data, name), cache: own(&paths.cache, name) },
        host: HostInfo { bin: path_text(&Host::executable()?), version: Host::version().to_owned() },
        features: Vec::new(),
    })
}

/// 128 random bits in hex.
pub(crate) fn invocation() -> Result<String, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Error::failure("io", format!("the system gives no randomness: {error}")))?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}

fn own(base: &Path, name: &str) -> String {
    path_text(&base.join("plugin-data").join(name))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
