//! What a creation came to, until it was said: where the command was cut off just before, the same command says it.

use std::{fs, path::PathBuf};

use leash_files::{Paths, atomic};
use leash_identity::AgentFile;
use leash_output::{Error, Kind};
use serde::{Deserialize, Serialize};

/// An agent that is there. All of it is public.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) agent_mint: String,
    pub(crate) executive: String,
    pub(crate) network: String,
    /// What payments may spend, in atomic units of USDC.
    pub(crate) cap: u64,
    pub(crate) receipts: String,
    pub(crate) mint: Option<String>,
    pub(crate) delegate: Option<String>,
}

/// The agent of that name that was made and not told of. Whoever asks holds the lock of that name.
pub(crate) fn find(paths: &Paths, name: &str) -> Result<Option<Made>, Error> {
    let Ok(bytes) = fs::read(place(paths, name)) else { return Ok(None) };
    let Ok(made) = serde_json::from_slice::<Made>(&bytes) else { return Ok(None) };
    let file = AgentFile::read(&paths.agent_file(name))?;
    let is_there = file.is_some_and(|file| {
        file.pending_register.is_none() && file.agent_mint.as_ref() == Some(&made.agent_mint)
    });
    Ok(is_there.then_some(made))
}

/// Notes what is about to be made.
pub(crate) fn note(paths: &Paths, name: &str, made: &Made) -> Result<(), Error> {
    let path = place(paths, name);
    let bytes = serde_json::to_vec(made).unwrap_or_default();
    atomic::replace(&path, &bytes).map_err(|error| Error::io("write", &path, &error))
}

/// Forgets it once it was said, or whoever read it went away.
pub(crate) fn told(paths: &Paths, name: &str, said: Result<(), Error>) -> Result<(), Error> {
    if said.as_ref().err().is_none_or(|error| error.kind() == Kind::BrokenPipe) {
        // Where it stays the worst is that it is said again.
        let _ = fs::remove_file(place(paths, name));
    }
    said
}

fn place(paths: &Paths, name: &str) -> PathBuf {
    paths.data.join("creations").join(format!("{name}.made"))
}
