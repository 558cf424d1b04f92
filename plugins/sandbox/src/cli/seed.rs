//! The agent `sandbox`: one that the server knows from the start, with its file among this user's agents.

use leash_chain::Address;
use leash_files::Paths;
use leash_identity::{AgentFile, Network, store};
use leash_output::{Error, Kind};
use leash_signer::Executive;
use url::Url;

use super::{database_error, mint};
use crate::{
    api::{Sandbox, Settings},
    clock,
    instance::{DataDir, State},
};

/// The agent's name.
pub(super) const AGENT: &str = "sandbox";

/// What was planted, or was there.
#[derive(Debug)]
pub(super) struct Seed {
    pub(super) mint: String,
    pub(super) executive: String,
}

/// The agent's file, where there is one. One that belongs to another API is in the way.
pub(super) fn find(paths: &Paths) -> Result<Option<AgentFile>, Error> {
    let path = paths.agent_file(AGENT);
    let Some(file) = AgentFile::read(&path)? else { return Ok(None) };
    let name = Paths::display(&path);
    match &file.api_url {
        Some(url) if is_loopback(url) => Ok(Some(file)),
        url => {
            let owner = url.as_deref().unwrap_or("no API at all");
            let message = format!(
                "`{name}` is there already and belongs to `{owner}`, not to a sandbox on this machine"
            );
            Err(Error::failure(leash_identity::AGENT_EXISTS, message)
                .hint(format!("move it away (`mv {name} {name}.bak`), or `leash agent remove {AGENT}`")))
        }
    }
}

fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(leash_protocol::host::is_loopback))
}

/// Makes sure that the server knows the agent and the agent knows the server.
pub(super) fn plant(
    dir: &DataDir,
    paths: &Paths,
    found: Option<AgentFile>,
    state: &State,
) -> Result<Seed, Error> {
    match found {
        Some(file) => adopt(dir, paths, file, state),
        None => match create(dir, paths, state) {
            // Another `up` may have been faster.
            Err(error) if error.is(leash_identity::AGENT_EXISTS) => match find(paths)? {
                Some(file) => adopt(dir, paths, file, state),
                None => Err(error),
            },
            result => result,
        },
    }
}

fn create(dir: &DataDir, paths: &Paths, state: &State) -> Result<Seed, Error> {
    let no_randomness =
        |error| Error::failure("random", format!("the system has no random numbers: {error}"));
    let key = Executive::generate().map_err(no_randomness)?;
    let signing = mint::signing_key(&key);
    mint::agent(state.port, &signing, AGENT)?;
    let seed = Seed { mint: mint::asset_of(&signing).to_string(), executive: key.public().to_string() };
    // The server first: an agent that it doesn't know is of no use, one without a file does no harm.
    introduce(dir, state, &seed, Network::Devnet)?;
    let file = AgentFile {
        agent_mint: Some(seed.mint.clone()),
        executive_keypair: Some(key.export()),
        network: Some(Network::Devnet.as_str().to_owned()),
        api_url: Some(state.url()),
        rpc_url: Some(rpc_url(state)),
        explorer_url: Some("https://explorer.leash.market".to_owned()),
        created_at: Some(clock::iso(clock::now())),
        ..AgentFile::default()
    };
    store::create(paths, AGENT, &file)?;
    Ok(seed)
}

fn adopt(dir: &DataDir, paths: &Paths, mut file: AgentFile, state: &State) -> Result<Seed, Error> {
    let path = paths.agent_file(AGENT);
    let unusable = |what: &str| {
        let name = Paths::display(&path);
        Error::new(Kind::Identity, "unusable_agent", format!("cannot use `{name}`: {what}"))
            .hint(format!("move it away (`mv {name} {name}.bak`); `leash sandbox up` then makes a new one"))
    };
    let mint = file.agent_mint.clone().ok_or_else(|| unusable("it names no mint"))?;
    let address: Address =
        mint.parse().map_err(|error| unusable(&format!("its mint is no address: {error}")))?;
    let public = match (&file.executive_keypair, &file.executive_pubkey) {
        (Some(key), _) => {
            Executive::parse(key).map_err(|error| unusable(&format!("its key is none: {error}")))?.public()
        }
        // Encrypted: the public half is all that the server is told.
        (None, Some(public)) if file.executive_sealed.is_some() => {
            public.parse().map_err(|error| unusable(&format!("its executive_pubkey is none: {error}")))?
        }
        _ => return Err(unusable("it holds no key")),
    };
    let network = file.network.as_deref().unwrap_or(Network::Devnet.as_str());
    let network =
        Network::parse(network).ok_or_else(|| unusable("it names a network that does not exist"))?;
    // The ledger may be a new one. An agent that was brought along is none of its own.
    let key = file.executive_keypair.as_ref().and_then(|key| Executive::parse(key).ok());
    if let Some(signing) = key.as_ref().map(mint::signing_key).filter(|key| mint::asset_of(key) == address) {
        mint::agent(state.port, &signing, AGENT)?;
    }
    let seed = Seed { mint, executive: public.to_string() };
    introduce(dir, state, &seed, network)?;
    let (api_url, rpc_url) = (Some(state.url()), Some(rpc_url(state)));
    if file.api_url != api_url || file.rpc_url != rpc_url {
        // What others changed meanwhile stays.
        let _lock = store::lock(&path)?;
        file = AgentFile::read(&path)?.ok_or_else(|| unusable("it is gone"))?;
        (file.api_url, file.rpc_url) = (api_url, rpc_url);
        store::update(&path, &file)?;
    }
    Ok(seed)
}

fn rpc_url(state: &State) -> String {
    format!("{}/rpc", state.url())
}

fn introduce(dir: &DataDir, state: &State, seed: &Seed, network: Network) -> Result<(), Error> {
    let failed = |error: String| database_error(dir, &error);
    let settings = Settings { origin: state.url(), strict: state.strict, rate_limit: 0 };
    let sandbox = Sandbox::open(&dir.database(), settings).map_err(failed)?;
    sandbox.add_agent(&seed.mint, &seed.executive, network, AGENT).map_err(failed)?;
    Ok(())
}
