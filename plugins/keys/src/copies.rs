//! Other files beside an agent's that hold its key: what editors and people leave behind.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use leash_files::Paths;
use leash_identity::AgentFile;
use leash_signature::Secret;
use leash_signer::Executive;

/// An agent's file has no more.
const MOST: u64 = 1024 * 1024;

/// Files in the directories of agents, other than `path`, that hold this key in the clear.
pub(crate) fn of(paths: &Paths, path: &Path, executive: &Executive, key: &Secret<String>) -> Vec<PathBuf> {
    let own = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut dirs = vec![paths.config.clone(), paths.agents_dir(), paths.original_config.clone()];
    dirs.extend(own.parent().map(Path::to_owned));
    dirs.sort_unstable();
    dirs.dedup();
    let entries = dirs.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .filter(|other| *other != own && holds(other, executive, key).unwrap_or(false))
        .collect();
    found.sort_unstable();
    found
}

fn holds(path: &Path, executive: &Executive, key: &Secret<String>) -> std::io::Result<bool> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    fs::File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    let bytes = Secret::new(bytes);
    if contains(bytes.expose(), key.expose().as_bytes()) {
        return Ok(true);
    }
    let parsed = AgentFile::parse(bytes.expose(), "a file").ok().and_then(|file| file.executive_keypair);
    let parsed = parsed.and_then(|text| Executive::parse(&text).ok());
    Ok(parsed.is_some_and(|other| other.public() == executive.public()))
}

/// Whether a text is somewhere in the bytes.
pub(crate) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
