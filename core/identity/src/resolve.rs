//! From a selection, the environment and a file to one identity, and where each part of it came from.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use leash_chain::Address;
use leash_output::{Error, Kind, command};
use leash_signature::Secret;

use crate::{AgentFile, Environment, Key, Network, NoAgent, Selection, key::Stored};
use leash_files::{Paths, is_agent_name};

const DEFAULT_API_URL: &str = "https://api.leash.market";
const DEFAULT_EXPLORER_URL: &str = "https://explorer.leash.market";

/// One agent, ready to act.
pub struct Identity {
    /// Its name on this machine; `environment` where the environment holds both mint and key.
    pub name: String,
    /// The agent's mint.
    pub mint: Address,
    /// The key, as far as it can be had without asking anybody. Only signing is done with it.
    pub executive: Key,
    /// The network that the agent lives on.
    pub network: Network,
    /// Base URL of the API.
    pub api_url: String,
    /// The Solana RPC endpoint.
    pub rpc_url: String,
    /// Base URL of the explorer.
    pub explorer_url: String,
    /// An API key, where one is configured.
    pub api_key: Option<Secret<String>>,
    /// The agent's file, where it has one.
    pub file: Option<PathBuf>,
    /// Where mint and key came from.
    pub origins: (Origin, Origin),
    /// Where the URLs of API and RPC endpoint came from.
    pub url_origins: (Origin, Origin),
}

/// Where a part of an identity came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A variable of the environment.
    Variable(&'static str),
    /// The agent's file.
    File(PathBuf),
    /// Nowhere: it is the default.
    Default,
}

/// What was found.
#[derive(Debug)]
pub enum Resolved {
    /// An agent.
    Agent(Box<Identity>),
    /// None, and what is known about it.
    None(NoAgent),
}

/// What should be said of how an agent was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Good to know.
    Remark(String),
    /// Probably a mistake.
    Warning(String),
}

/// Finds the agent that is meant. What should be said on the way is pushed to `notes`.
///
/// Where the agent was named (`--agent`, `LEASH_AGENT`), the environment's other variables are ignored, so
/// that an agent never acts with another one's key. Else the environment beats the file, and the file
/// beats the defaults. Without `paths` there is no file.
///
/// # Errors
/// [`Kind::Identity`] where there is an identity that can't be read, trusted or understood; it is never
/// passed over in silence.
pub fn resolve(
    paths: Option<&Paths>,
    selection: &Selection,
    environment: Environment,
    notes: &mut Vec<Note>,
) -> Result<Resolved, Error> {
    let name = selection.name();
    if !is_agent_name(name) {
        return Err(Error::usage(format!("`{name}` is no agent's name"))
            .hint("names have lower-case letters, digits, `-` and `_`; `leash agent list` shows yours"));
    }
    let environment = match selection.explicit() {
        Some(how) => {
            let ignored = environment.names();
            if !ignored.is_empty() {
                notes.push(Note::Remark(format!(
                    "ignoring {}: {how} chooses the identity",
                    ignored.join(", ")
                )));
            }
            Environment::default()
        }
        None => environment,
    };
    environment.check()?;
    let path = paths.map(|paths| paths.agent_file(name));
    // Read even where the environment has mint and key: the URLs of a file that can't be read would be
    // replaced by the defaults, and the request would go to another server.
    let file = match &path {
        Some(path) => AgentFile::read(path)?,
        None => None,
    };
    let found = path.filter(|_| file.is_some());
    let source = Source { file: found.as_deref() };
    let (absent, file) = (file.is_none(), file.unwrap_or_default());

    let (Some((mint, mint_origin)), Some((key, key_origin))) = (
        source.pick("LEASH_AGENT_MINT", environment.mint.clone(), file.agent_mint.clone()),
        source.pick("LEASH_EXECUTIVE_KEY", environment.key.clone().map(Stored::Plain), Stored::of(&file)),
    ) else {
        let file = (!absent).then_some(&file);
        return Ok(Resolved::None(NoAgent::explain(paths, selection, &environment, file)));
    };
    let mint: Address = mint.parse().map_err(|error| {
        bad(&mint_origin, "agent_mint", &format!("`{mint}` is no mint: {error}"))
            .hint("a mint is an address of 32 to 44 base58 characters")
    })?;
    let stated = file.executive_pubkey.as_deref().filter(|_| matches!(key_origin, Origin::File(_)));
    let executive = key
        .read(name, stated)
        .map_err(|fault| bad(&key_origin, fault.field, &fault.what).hint(fault.hint))?;
    if std::mem::discriminant(&mint_origin) != std::mem::discriminant(&key_origin) {
        notes.push(Note::Warning(format!("the mint is from {mint_origin}, the key from {key_origin}")));
    }
    let network = match source.pick("LEASH_NETWORK", environment.network, file.network) {
        None => Network::Mainnet,
        Some((name, origin)) => Network::parse(&name).ok_or_else(|| {
            bad(&origin, "network", &format!("`{name}` is no network"))
                .hint("networks are devnet, mainnet, solana-devnet and solana-mainnet")
        })?,
    };
    let url = |variable, set, stored, default: &str| {
        source.pick(variable, set, stored).unwrap_or_else(|| (default.to_owned(), Origin::Default))
    };
    let (api_url, api_origin) = url("LEASH_API_URL", environment.api_url, file.api_url, DEFAULT_API_URL);
    let (rpc_url, rpc_origin) =
        url("LEASH_RPC_URL", environment.rpc_url, file.rpc_url, network.default_rpc_url());
    let (explorer_url, _) =
        url("LEASH_EXPLORER_URL", environment.explorer_url, file.explorer_url, DEFAULT_EXPLORER_URL);
    let by_environment = matches!((&mint_origin, &key_origin), (Origin::Variable(_), Origin::Variable(_)));
    Ok(Resolved::Agent(Box::new(Identity {
        name: if by_environment { "environment".to_owned() } else { name.to_owned() },
        mint,
        executive,
        network,
        api_url,
        rpc_url,
        explorer_url,
        api_key: source.pick("LEASH_API_KEY", environment.api_key, file.api_key).map(|(key, _)| key),
        file: found,
        origins: (mint_origin, key_origin),
        url_origins: (api_origin, rpc_origin),
    })))
}

impl Identity {
    /// The API key, if it belongs to the agent's network.
    ///
    /// # Errors
    /// [`Kind::Identity`] where there is none, or where it is a key of the other network: it isn't sent.
    pub fn bearer(&self) -> Result<&Secret<String>, Error> {
        let key = self.api_key.as_ref().ok_or_else(|| {
            let error =
                Error::new(Kind::Identity, "no_api_key", "this needs an API key, and none is configured")
                    .hint("export LEASH_API_KEY=\"$(leash api-key create --label NAME --quiet)\"");
            if self.file.is_some() {
                error.hint(format!(
                    "or, where `--agent` rules the environment out, keep one with the agent: \
                     `{}`",
                    command(&format!("--agent {} api-key create --label NAME --save", self.name))
                ))
            } else {
                error
            }
        })?;
        check_api_key(key, self.network)?;
        Ok(key)
    }
}

/// Whether an API key can belong to an agent on `network`.
///
/// # Errors
/// [`Kind::Identity`] where it is a key of the other network: it isn't sent.
pub fn check_api_key(key: &Secret<String>, network: Network) -> Result<(), Error> {
    network.check_api_key(key.expose()).map_err(|mismatch| {
        Error::new(Kind::Identity, "network_mismatch", mismatch.to_string())
            .hint("set LEASH_API_KEY to a key of this agent, or LEASH_NETWORK to the key's network")
    })
}

/// The agent's file, where it has one.
struct Source<'a> {
    file: Option<&'a Path>,
}

impl Source<'_> {
    fn pick<T>(&self, variable: &'static str, set: Option<T>, stored: Option<T>) -> Option<(T, Origin)> {
        set.map(|value| (value, Origin::Variable(variable)))
            .or_else(|| Some((stored?, Origin::File(self.file?.to_owned()))))
    }
}

fn bad(origin: &Origin, field: &str, what: &str) -> Error {
    Error::new(Kind::Identity, "bad_identity", format!("{}: {what}", origin.place(field)))
}

impl Origin {
    /// Where a field stands: the variable, or the file with its line.
    #[must_use]
    pub fn place(&self, field: &str) -> String {
        match self {
            Self::File(path) => {
                let line = AgentFile::line_of(path, field).map(|line| format!(":{line}")).unwrap_or_default();
                format!("{field} in {}{line}", Paths::display(path))
            }
            other => other.to_string(),
        }
    }

    /// The error that the URL of a server, which came from here, is no URL: it is the identity that has to be mended.
    #[must_use]
    pub fn blamed(&self, field: &str, error: Error) -> Error {
        if *self == Self::Default {
            return error;
        }
        bad(self, field, error.message()).hint(error.hints())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "`{}`", Paths::display(path)),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("name", &self.name).field("mint", &self.mint).finish_non_exhaustive()
    }
}
