//! Reading a manifest: who could have written it, what it says, and where it is wrong.

mod check;
mod place;

use std::{
    fs,
    path::{Path, PathBuf},
};

use leash_identity::Paths;
use leash_output::{Error, Kind};
use leash_protocol::{
    PROTOCOL,
    manifest::{MAX_BYTES, Manifest, SCHEMA},
};
use toml::de::{DeTable, Deserializer};

use crate::{Digest, file};
use place::{At, line_at, line_of};

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
    load_present(path, expected_name)?.ok_or_else(|| {
        unusable(&Error::io("read", path, &std::io::Error::from(std::io::ErrorKind::NotFound)))
    })
}

/// The same, but `None` where there is nothing of that name.
pub(crate) fn load_present(path: &Path, expected_name: &str) -> Result<Option<LoadedManifest>, Error> {
    let Some(bytes) = read(path).map_err(|error| unusable(&error))? else { return Ok(None) };
    let (manifest, unknown_keys) = parse(&bytes, expected_name).map_err(|(line, what)| {
        let shown = Paths::display(path);
        Error::new(
            Kind::NotRunnable,
            "bad_manifest",
            format!("the manifest is wrong at `{shown}:{line}`: {what}"),
        )
        .hint(format!("its author can check it with `leash plugin lint {shown}`"))
    })?;
    let digest = Digest::of(&bytes);
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
    let file = format!("leash-{name}.toml");
    if let Some(loaded) = load_present(&executable.with_file_name(&file), name)? {
        return Ok(Some(loaded));
    }
    let is_link = fs::symlink_metadata(executable).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && let Ok(target) = fs::canonicalize(executable) {
        return load_present(&target.with_file_name(&file), name);
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let Some((file, metadata)) = file::open_own(path)? else { return Ok(None) };
    let bytes = file::read(&file, &metadata, MAX_BYTES).map_err(|error| Error::io("read", path, &error))?;
    if bytes.len() > MAX_BYTES { Err(file::refused(path, "is larger than 256 KiB")) } else { Ok(Some(bytes)) }
}

fn parse(bytes: &[u8], expected_name: &str) -> Result<(Manifest, Vec<String>), (usize, String)> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (line_at(bytes, error.valid_up_to()), "this is not UTF-8".to_owned()))?;
    let wrong = |error: &toml::de::Error| {
        (line_at(bytes, error.span().map_or(0, |span| span.start)), error.message().to_owned())
    };
    let table = DeTable::parse(text).map_err(|error| wrong(&error))?;
    let at_fault = |fault: Fault| (line_of(bytes, table.get_ref(), &fault.at), fault.what);
    // Before all else: a later form may mean anything by its other keys.
    let schema = table.get_ref().get("schema").and_then(|value| value.get_ref().as_integer());
    if schema.is_some_and(|schema| schema.as_str() != SCHEMA.to_string()) {
        return Err(at_fault(Fault::at(&["schema"], format!("this leash knows schema {SCHEMA} alone"))));
    }
    let mut unknown_keys = Vec::new();
    let manifest: Manifest = serde_ignored::deserialize(Deserializer::from(table.clone()), |path| {
        unknown_keys.push(written(&path));
    })
    .map_err(|error| wrong(&error))?;
    check::check(&manifest, expected_name).map_err(at_fault)?;
    Ok((manifest, unknown_keys))
}

/// The path of a key as an author would write it; serde's own has a mark for whatever may be absent.
fn written(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    let below = |parent: &Path<'_>, step: String| match written(parent) {
        parent if parent.is_empty() => step,
        parent => format!("{parent}.{step}"),
    };
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => below(parent, index.to_string()),
        Path::Map { parent, key } => below(parent, key.clone()),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            written(parent)
        }
    }
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
