//! The public half of an identity, found without the other half where that is possible.
//!
//! What a plugin is told of an agent is public, but stands in the file that holds the key. So it is kept aside in
//! the cache directory once it was read, under all that changes when the file does; as long as nothing has, the
//! file isn't opened. Whatever is odd about the file or about what was kept leads to reading the file.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use leash_chain::Address;
use leash_output::Error;
use serde::{Deserialize, Serialize};

use crate::{Environment, Identity, Network, NoAgent, Note, Resolved, Selection, resolve};
use leash_files::{
    Paths, Stamp, atomic, is_agent_name,
    trust::{self, Others},
};

/// The version of the kept files' form.
const VERSION: u32 = 1;
const LEASH: &str = env!("CARGO_PKG_VERSION");

/// What everybody may know of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// Its name on this machine.
    pub name: String,
    /// Its mint.
    pub mint: Address,
    /// The public half of its executive key.
    pub executive: Address,
    /// Its treasury.
    pub treasury: Address,
    /// The network that it lives on.
    pub network: Network,
    /// Base URL of the API.
    pub api_url: String,
    /// The Solana RPC endpoint.
    pub rpc_url: String,
    /// Base URL of the explorer.
    pub explorer_url: String,
}

/// What was found.
#[derive(Debug)]
pub enum ResolvedPublic {
    /// An agent.
    Agent(Box<Public>),
    /// None, and what is known about it.
    None(NoAgent),
}

impl Public {
    /// The public half of an identity.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        Self {
            name: identity.name.clone(),
            mint: identity.mint,
            executive: identity.executive.public(),
            treasury: leash_chain::treasury(&identity.mint),
            network: identity.network,
            api_url: identity.api_url.clone(),
            rpc_url: identity.rpc_url.clone(),
            explorer_url: identity.explorer_url.clone(),
        }
    }
}

/// Finds the agent that is meant, as [`resolve`] does, and its public half alone.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_public(
    paths: Option<&Paths>,
    selection: &Selection,
    environment: Environment,
    notes: &mut Vec<Note>,
) -> Result<ResolvedPublic, Error> {
    resolve_public_at(SystemTime::now(), paths, selection, environment, notes)
}

/// The same at another time: what is kept depends on how long ago the file was changed, and a test doesn't wait.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_public_at(
    now: SystemTime,
    paths: Option<&Paths>,
    selection: &Selection,
    environment: Environment,
    notes: &mut Vec<Note>,
) -> Result<ResolvedPublic, Error> {
    let kept =
        paths.filter(|_| file_alone_counts(selection, &environment)).map(|paths| Kept::of(paths, selection));
    if let Some(public) = kept.as_ref().and_then(Kept::read) {
        return Ok(ResolvedPublic::Agent(Box::new(public)));
    }
    let before = kept.as_ref().and_then(|kept| Stamp::at(&kept.file));
    match resolve(paths, selection, environment, notes)? {
        Resolved::None(none) => Ok(ResolvedPublic::None(none)),
        Resolved::Agent(identity) => {
            let public = Public::of(&identity);
            if let (Some(kept), Some(before)) = (kept, before) {
                kept.write(&public, &before, now);
            }
            Ok(ResolvedPublic::Agent(Box::new(public)))
        }
    }
}

/// Whether nothing but the agent's file says who it is, and nothing is to be said about that. The API key is no
/// part of what is public.
fn file_alone_counts(selection: &Selection, environment: &Environment) -> bool {
    let named = selection.explicit().is_some();
    is_agent_name(selection.name())
        && environment.check().is_ok()
        && environment.names().iter().all(|name| *name == "LEASH_API_KEY" && !named)
}

/// Where the public half of one agent is kept.
struct Kept {
    /// The agent's file.
    file: PathBuf,
    /// Where its public half is kept.
    path: PathBuf,
}

/// What is kept. A field that isn't known makes it unreadable.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    v: u32,
    /// The leash that kept it: what a file leaves open, each version fills in for itself.
    leash: String,
    file: PathBuf,
    stamp: Stamp,
    name: String,
    mint: String,
    executive: String,
    treasury: String,
    network: String,
    api_url: String,
    rpc_url: String,
    explorer_url: String,
}

impl Kept {
    fn of(paths: &Paths, selection: &Selection) -> Self {
        let name = selection.name();
        Self { file: paths.agent_file(name), path: paths.cache.join("public").join(format!("{name}.json")) }
    }

    /// What is kept, if it is still true.
    fn read(&self) -> Option<Public> {
        let stamp = Stamp::at(&self.file)?;
        let bytes = trust::read(&self.path, Others::Nothing).ok()??;
        let kept: Document = serde_json::from_slice(&bytes).ok()?;
        // Its mode and its owner are as they were; those of its directory are no part of the stamp.
        if kept.v != VERSION || kept.leash != LEASH || kept.file != self.file || kept.stamp != stamp {
            return None;
        }
        trust::check_directory(&self.file).ok()?;
        Some(Public {
            name: kept.name,
            mint: kept.mint.parse().ok()?,
            executive: kept.executive.parse().ok()?,
            treasury: kept.treasury.parse().ok()?,
            network: Network::parse(&kept.network)?,
            api_url: kept.api_url,
            rpc_url: kept.rpc_url,
            explorer_url: kept.explorer_url,
        })
    }

    /// Keeps it, if the file hasn't changed since `before` nor shortly before. Where that fails, the file is read
    /// the next time as well.
    fn write(&self, public: &Public, before: &Stamp, now: SystemTime) {
        if !before.is_settled(now) || Stamp::at(&self.file).as_ref() != Some(before) {
            return;
        }
        let document = Document {
            v: VERSION,
            leash: LEASH.to_owned(),
            file: self.file.clone(),
            stamp: before.clone(),
            name: public.name.clone(),
            mint: public.mint.to_string(),
            executive: public.executive.to_string(),
            treasury: public.treasury.to_string(),
            network: public.network.to_string(),
            api_url: public.api_url.clone(),
            rpc_url: public.rpc_url.clone(),
            explorer_url: public.explorer_url.clone(),
        };
        let dir = self.path.parent().unwrap_or_else(|| Path::new("."));
        if let Ok(text) = serde_json::to_vec(&document)
            && atomic::create_dir(dir).is_ok()
        {
            // A link there would be followed, and another file of the user's written over.
            let _ = fs::symlink_metadata(&self.path)
                .is_ok_and(|there| !there.is_file())
                .then(|| fs::remove_file(&self.path));
            let _ = atomic::replace(&self.path, &text);
        }
    }
}
