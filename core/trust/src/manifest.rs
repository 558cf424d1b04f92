//! Reading a manifest: who could have written it, what it says, and where it is wrong.

mod check;
mod examine;
mod known;
mod place;

use std::{
    fs,
    path::{Path, PathBuf},
};

use leash_files::Paths;
use leash_output::{Error, Kind};
use leash_protocol::{
    PROTOCOL,
    manifest::{MAX_BYTES, Manifest},
};

use crate::{Digest, Trusted, file};
pub use examine::{Examined, Placed};
pub(crate) use known::Known;
use place::At;

/// A manifest that makes sense, and the digest of the bytes that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedManifest {
    /// What it says. Its texts are the author's, terminal escapes included.
    pub manifest: Manifest,
    /// Where it lies.
    pub path: PathBuf,
    /// The digest of the file.
    pub digest: Digest,
    /// Keys that this version doesn't know, such as `run.colour`.
    pub unknown_keys: Vec<String>,
}

/// Something in a manifest that makes no sense.
#[derive(Debug)]
struct Fault {
    at: Vec<At>,
    what: String,
}

/// Reads the manifest of the plugin `expected_name`.
///
/// # Errors
/// [`Kind::NotRunnable`] where it can't be read or trusted, or makes no sense, with file and line. It concerns
/// this plugin alone.
pub fn load_manifest(path: &Path, expected_name: &str) -> Result<LoadedManifest, Error> {
    load_present(path, expected_name, None)?.ok_or_else(|| {
        unusable(&Error::io("read", path, &std::io::Error::from(std::io::ErrorKind::NotFound)))
    })
}

/// The same, but `None` where there is nothing of that name. What the trust store knows is not worked out again.
pub(crate) fn load_present(
    path: &Path,
    expected_name: &str,
    trusted: Option<&Trusted>,
) -> Result<Option<LoadedManifest>, Error> {
    let Some(bytes) = read(path).map_err(|error| unusable(&error))? else { return Ok(None) };
    let digest = Digest::of(&bytes);
    if let Some(Known { manifest, unknown_keys }) = trusted.and_then(|trusted| trusted.manifest(digest))
        && manifest.name == expected_name
    {
        return Ok(Some(LoadedManifest { manifest, path: path.to_owned(), digest, unknown_keys }));
    }
    let (manifest, unknown_keys) = parse(&bytes, expected_name).map_err(|(line, what)| {
        let shown = Paths::display(path);
        Error::new(
            Kind::NotRunnable,
            "bad_manifest",
            format!("the manifest is wrong at `{shown}:{line}`: {what}"),
        )
        .hint(format!("its author can check it with `leash plugin lint {shown}`"))
    })?;
    Ok(Some(LoadedManifest { manifest, path: path.to_owned(), digest, unknown_keys }))
}

fn unusable(error: &Error) -> Error {
    Error::new(Kind::NotRunnable, "bad_manifest", format!("cannot use a manifest: {error}"))
        .hint(error.hints())
}

/// Reads the manifest of an executable on PATH: `leash-NAME.toml` beside it or, where it is a link, beside
/// the file that it leads to. `None` where there is none.
///
/// # Errors
/// As [`load_manifest`].
pub fn manifest_beside(executable: &Path, name: &str) -> Result<Option<LoadedManifest>, Error> {
    beside(executable, name, None)
}

pub(crate) fn beside(
    executable: &Path,
    name: &str,
    trusted: Option<&Trusted>,
) -> Result<Option<LoadedManifest>, Error> {
    let file = format!("leash-{name}.toml");
    if let Some(loaded) = load_present(&executable.with_file_name(&file), name, trusted)? {
        return Ok(Some(loaded));
    }
    let is_link = fs::symlink_metadata(executable).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && let Ok(target) = fs::canonicalize(executable) {
        return load_present(&target.with_file_name(&file), name, trusted);
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let Some((file, metadata)) = file::open_own(path)? else { return Ok(None) };
    let bytes = file::read(&file, &metadata, MAX_BYTES).map_err(|error| Error::io("read", path, &error))?;
    if bytes.len() > MAX_BYTES { Err(file::refused(path, "is larger than 256 KiB")) } else { Ok(Some(bytes)) }
}

pub(crate) fn parse(bytes: &[u8], expected_name: &str) -> Result<(Manifest, Vec<String>), (usize, String)> {
    let mut examined = Examined::of(bytes, expected_name);
    if !examined.faults.is_empty() {
        let first = examined.faults.swap_remove(0);
        return Err((first.line, first.what));
    }
    let unknown = examined.unknown_keys.into_iter().map(|key| key.what).collect();
    examined.manifest.map(|manifest| (manifest, unknown)).ok_or_else(|| (1, "it can't be read".to_owned()))
}

impl Fault {
    fn at(keys: &[&str], what: impl Into<String>) -> Self {
        Self { at: keys.iter().map(|key| At::Key((*key).to_owned())).collect(), what: what.into() }
    }

    fn item(mut self, index: usize) -> Self {
        self.at.push(At::Item(index));
        self
    }

    fn key(mut self, key: &str) -> Self {
        self.at.push(At::Key(key.to_owned()));
        self
    }
}

/// Whether a plugin speaks this version of the contract.
fn speaks(manifest: &Manifest) -> bool {
    manifest.protocol.contains(&PROTOCOL)
}
