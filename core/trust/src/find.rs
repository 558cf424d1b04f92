//! From what a name stands for to the plugin, with its manifest.

use leash_output::{Error, Kind};
use leash_protocol::{context::Source, manifest::PluginKind};
use leash_resolve::{Installed, Target};

use crate::{
    Found, LoadedManifest, Trusted, bundled,
    manifest::{beside, load_present},
    manifest_beside,
};

/// The plugin that a name stands for; `None` for what is none: built-ins and aliases.
///
/// # Errors
/// [`Kind::NotRunnable`] where its manifest makes no sense, or it was installed and isn't whole. That concerns
/// this plugin alone.
pub fn find(name: &str, target: &Target) -> Result<Option<Found>, Error> {
    find_trusted(name, target, None)
}

/// The same, where the plugin's grant was read already: what its manifest says is known then.
///
/// # Errors
/// As [`find`].
pub fn find_trusted(name: &str, target: &Target, trusted: Option<&Trusted>) -> Result<Option<Found>, Error> {
    let (path, source, manifest, dir) = match target {
        Target::Builtin | Target::Alias(_) => return Ok(None),
        // What came with the host needs no trust, and asks for none.
        Target::Bundled(path) => (path, Source::Bundled, None, None),
        Target::Path(path) => (path, Source::Path, beside(path, name, trusted)?, None),
        Target::Installed(installed) => {
            let manifest = installed_manifest(name, installed, trusted)?;
            (&installed.program, Source::Installed, Some(manifest), Some(installed.dir.clone()))
        }
    };
    Ok(Some(Found { name: name.to_owned(), path: path.clone(), source, manifest, dir }))
}

/// What a command says of itself, for lists and help; `None` where it says nothing.
///
/// # Errors
/// As [`find`].
pub fn manifest_of(name: &str, target: &Target) -> Result<Option<LoadedManifest>, Error> {
    match target {
        Target::Builtin | Target::Alias(_) => Ok(None),
        Target::Bundled(path) => match manifest_beside(path, name)? {
            None => bundled::manifest_of(name, path),
            found => Ok(found),
        },
        Target::Path(path) => manifest_beside(path, name),
        Target::Installed(installed) => installed_manifest(name, installed, None).map(Some),
    }
}

fn installed_manifest(
    name: &str,
    installed: &Installed,
    trusted: Option<&Trusted>,
) -> Result<LoadedManifest, Error> {
    let path = installed.manifest();
    let manifest = load_present(&path, name, trusted)
        .map_err(|error| error.hint(format!("or take the plugin away: `leash plugin remove {name}`")))?
        .ok_or_else(|| broken(name, format!("`{}` isn't there", path.display())))?;
    check_installed(name, installed, manifest.manifest.kind == PluginKind::Dylib)?;
    Ok(manifest)
}

/// Whether an installed plugin is whole and nobody else's.
pub(crate) fn check_installed(name: &str, installed: &Installed, is_library: bool) -> Result<(), Error> {
    installed.problem(is_library).map_or(Ok(()), |problem| Err(broken(name, problem)))
}

fn broken(name: &str, problem: impl std::fmt::Display) -> Error {
    Error::new(
        Kind::NotRunnable,
        "broken_plugin",
        format!("the installed plugin `{name}` is broken: {problem}"),
    )
    .hint(format!("install it anew, or take it away: `leash plugin remove {name}`"))
}
