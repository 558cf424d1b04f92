//! What a plugin's directory must hold, looked at before anything is put in place.

use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use leash_output::{Error, Kind};
use leash_protocol::{
    manifest::{Manifest, PluginKind},
    name,
};
use leash_trust::load_manifest;
use semver::Version;

use crate::{platform, release::parse_version};

/// The name of the manifest in a plugin's directory.
pub const MANIFEST: &str = "leash-plugin.toml";

/// A plugin that can be installed.
#[derive(Debug, Clone)]
pub struct Contents {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its version, read.
    pub version: Version,
    /// What its program runs on.
    pub platform: String,
    /// Keys of the manifest that this leash doesn't know.
    pub unknown_keys: Vec<String>,
}

/// Looks at a directory: the manifest makes sense, and the program is there and is one. `shown` says what the directory
/// is, for a person.
///
/// # Errors
/// [`Kind::Refused`], saying what is wrong with it.
pub fn check(dir: &Path, shown: &str) -> Result<Contents, Error> {
    let refuse = |what: String| {
        Error::new(Kind::Refused, "no_plugin", format!("`{shown}` is no plugin: {what}"))
            .hint("`leash plugin lint DIR` says what a plugin must hold; `leash plugin pack DIR` checks it and packs it")
    };
    let path = dir.join(MANIFEST);
    let metadata = fs::symlink_metadata(&path);
    if !metadata.is_ok_and(|metadata| metadata.is_file()) {
        return Err(refuse(match deeper(dir) {
            Some(inner) => format!("its manifest lies in `{inner}`, and must lie at the top"),
            None => format!("there is no file `{MANIFEST}` at its top"),
        }));
    }
    let claimed = claimed_name(&path).ok_or_else(|| refuse("its manifest gives it no name".to_owned()))?;
    if !name::is_valid(&claimed) {
        return Err(refuse(format!("`{claimed}` can't be a plugin's name")));
    }
    let loaded = load_manifest(&path, &claimed).map_err(|error| {
        // The directory is a passing one, and says nothing to anybody.
        let within = [leash_files::Paths::display(dir), dir.display().to_string()];
        let message =
            within.iter().fold(error.message().to_owned(), |text, dir| text.replace(&format!("{dir}/"), ""));
        Error::new(Kind::Refused, error.code().to_owned(), format!("`{shown}` can't be used: {message}"))
            .hint("its author can check it with `leash plugin lint`")
    })?;
    let manifest = loaded.manifest;
    let version =
        parse_version(&manifest.version).map_err(|what| refuse(format!("its manifest is wrong: {what}")))?;
    let program = format!("leash-{}", manifest.name);
    let platform = program_platform(&dir.join(&program), manifest.kind)
        .map_err(|what| refuse(format!("`{program}` at its top {what}")))?;
    Ok(Contents { manifest, version, platform, unknown_keys: loaded.unknown_keys })
}

/// Gives the program its executable bit; archives of other systems have none.
pub(crate) fn make_executable(dir: &Path, name: &str) -> Result<(), Error> {
    let path = dir.join(format!("leash-{name}"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
        .map_err(|error| Error::io("change", &path, &error))
}

fn program_platform(path: &Path, kind: PluginKind) -> Result<String, String> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("is not a regular file".to_owned()),
        Err(_) => return Err("is missing".to_owned()),
    }
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut head))
        .map_err(|error| format!("can't be read: {error}"))?;
    match (platform::of_program(&head), kind) {
        (Some(platform), PluginKind::Dylib) if platform == platform::ANY => {
            Err("is no dynamic library".to_owned())
        }
        (Some(platform), _) => Ok(platform),
        (None, PluginKind::Dylib) => Err("is no dynamic library".to_owned()),
        (None, PluginKind::Exec) => Err("is neither a program nor a script with a `#!` line".to_owned()),
    }
}

/// The name that a manifest gives, before the whole of it is checked under that name.
fn claimed_name(path: &Path) -> Option<String> {
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(leash_protocol::manifest::MAX_BYTES as u64).read_to_string(&mut text).ok()?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(table) => table.get("name")?.as_str().map(str::to_owned),
        // The whole check says in which line it is wrong; any name will do for that.
        Err(_) => Some("broken".to_owned()),
    }
}

/// The one directory at the top that holds a manifest, as archives of source code have it.
fn deeper(dir: &Path) -> Option<String> {
    let mut entries = fs::read_dir(dir).ok()?.flatten();
    let only = entries.next().filter(|_| entries.next().is_none())?;
    only.path().join(MANIFEST).is_file().then(|| only.file_name().to_string_lossy().into_owned())
}
