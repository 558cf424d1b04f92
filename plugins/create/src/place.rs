//! Which agent it will be, and which network, API, endpoint and mint API it is made with.

use leash_command::{Host, typed_network};
use leash_files::{Paths, is_agent_name};
use leash_identity::{AgentFile, Environment, Network, Selection};
use leash_output::{Error, Kind, escape};

const API_URL: &str = "https://api.leash.market";
const EXPLORER_URL: &str = "https://explorer.leash.market";
const MINT_URL: &str = "https://api.metaplex.com";
/// Where another mint API is.
const MINT_VARIABLE: &str = "LEASH_MINT_URL";

/// What of it was typed.
#[derive(Debug, clap::Args)]
pub(crate) struct PlaceArgs {
    /// The name under which commands will know the agent
    #[arg(value_name = "AGENT")]
    agent: Option<String>,
    /// The network to make it on: devnet or mainnet
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,
    /// Make it on the sandbox that the agent `sandbox` lives on
    #[arg(long, conflicts_with = "network")]
    sandbox: bool,
}

/// What of it is known.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) network: Option<Network>,
    pub(crate) api_url: Option<String>,
    pub(crate) rpc_url: Option<String>,
    pub(crate) explorer_url: Option<String>,
}

impl PlaceArgs {
    pub(crate) fn find(&self, host: &Host) -> Result<Place, Error> {
        let environment = Environment::read()?;
        let selection = host.selection(&environment)?;
        let name = self.name(&selection)?;
        // As everywhere, an agent that is named rules the environment out.
        let environment = if selection.explicit().is_some() && self.agent.is_none() {
            Environment::default()
        } else {
            environment
        };
        environment.check()?;
        if self.sandbox {
            return on_sandbox(host.paths()?, name);
        }
        let network =
            self.network.as_deref().or(environment.network.as_deref()).map(typed_network).transpose()?;
        Ok(Place {
            name,
            network,
            api_url: environment.api_url,
            rpc_url: environment.rpc_url,
            explorer_url: environment.explorer_url,
        })
    }

    fn name(&self, selection: &Selection) -> Result<String, Error> {
        let name = self.agent.as_deref().unwrap_or_else(|| selection.name());
        if let (Some(typed), Selection::Option(option)) = (&self.agent, selection)
            && typed != option
        {
            return Err(Error::usage(format!("`{}` and `--agent {option}` are two names", escape(typed)))
                .hint("leave one of them out"));
        }
        if !is_agent_name(name) {
            return Err(Error::usage(format!("`{}` can't name an agent", escape(name)))
                .hint("names have lower-case letters, digits, `-` and `_`"));
        }
        Ok(name.to_owned())
    }
}

impl Place {
    /// With what an earlier run noted: that stands, but for what is said now.
    pub(crate) fn over(self, file: &AgentFile, network: Network) -> Result<Self, Error> {
        if self.network.is_some_and(|asked| asked != network) {
            return Err(Error::usage(format!("agent `{}` is being made on {network}", self.name))
                .hint("leave `--network` out, or choose another name: `leash agent create NAME`"));
        }
        Ok(Self {
            network: Some(network),
            api_url: self.api_url.or_else(|| file.api_url.clone()),
            rpc_url: self.rpc_url.or_else(|| file.rpc_url.clone()),
            explorer_url: self.explorer_url.or_else(|| file.explorer_url.clone()),
            name: self.name,
        })
    }

    /// The network. A server on this machine is never the real one, so that nobody has to be asked.
    pub(crate) fn network(&self) -> Result<Network, Error> {
        let local = self.api_url.as_deref().is_some_and(is_loopback);
        self.network.or(local.then_some(Network::Devnet)).ok_or_else(|| {
            Error::usage("on which network the agent is to live isn't said").hint(
                "add `--network devnet` (play money) or `--network mainnet`; on this machine: `--sandbox`",
            )
        })
    }

    pub(crate) fn api_url(&self) -> String {
        let url = self.api_url.clone().unwrap_or_else(|| API_URL.to_owned());
        url.trim_end_matches('/').to_owned()
    }

    /// The endpoint: that of a sandbox lies beside its API.
    pub(crate) fn rpc_url(&self, network: Network) -> String {
        let beside = || {
            self.api_url.as_deref().filter(|url| is_loopback(url)).map(|_| format!("{}/rpc", self.api_url()))
        };
        self.rpc_url.clone().or_else(beside).unwrap_or_else(|| network.default_rpc_url().to_owned())
    }

    pub(crate) fn explorer_url(&self) -> String {
        self.explorer_url.clone().unwrap_or_else(|| EXPLORER_URL.to_owned())
    }

    /// The mint API: LEASH_MINT_URL, else the sandbox's own, else that of Metaplex.
    #[allow(clippy::disallowed_methods, reason = "LEASH_MINT_URL is read here")]
    pub(crate) fn mint_url(&self) -> String {
        let set =
            std::env::var(MINT_VARIABLE).ok().map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        let beside = || self.api_url.as_deref().filter(|url| is_loopback(url)).map(|_| self.api_url());
        let base = set.or_else(beside).unwrap_or_else(|| MINT_URL.to_owned());
        format!("{}/v1/agents/mint", base.trim_end_matches('/'))
    }
}

fn on_sandbox(paths: &Paths, name: String) -> Result<Place, Error> {
    let file = AgentFile::read(&paths.agent_file("sandbox"))?;
    let Some(file) = file.filter(|file| file.api_url.as_deref().is_some_and(is_loopback)) else {
        return Err(Error::new(Kind::Identity, "no_sandbox", "there is no sandbox on this machine")
            .hint("start one: `leash sandbox up`"));
    };
    Ok(Place {
        name,
        network: Some(Network::Devnet),
        api_url: file.api_url,
        rpc_url: file.rpc_url,
        explorer_url: file.explorer_url,
    })
}

fn is_loopback(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(leash_protocol::host::is_loopback))
}
