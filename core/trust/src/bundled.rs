//! What the executables that come with the host say of themselves. They have no manifest beside them that could be
//! missing, or another version's: it is compiled in.

use std::path::Path;

use leash_output::Error;

use crate::{Digest, LoadedManifest, manifest};

const MANIFESTS: [(&str, &str); 1] = [("sandbox", include_str!("bundled/leash-sandbox.toml"))];

/// The manifest of such an executable; none where nothing is compiled in.
pub(crate) fn manifest_of(name: &str, executable: &Path) -> Result<Option<LoadedManifest>, Error> {
    let Some((_, text)) = MANIFESTS.iter().find(|(known, _)| *known == name) else { return Ok(None) };
    let path = executable.with_file_name(format!("leash-{name}.toml"));
    let (manifest, unknown_keys) = manifest::parse(text.as_bytes(), name).map_err(|(line, what)| {
        Error::failure("internal", format!("the manifest of `{name}` is wrong in line {line}: {what}"))
    })?;
    Ok(Some(LoadedManifest { manifest, path, digest: Digest::of(text.as_bytes()), unknown_keys }))
}

/// Summary and version of such an executable, which a list needs and no more: found by their lines, since reading all of a
/// manifest takes longer than everything else there.
pub(crate) fn summary_of(name: &str) -> Option<(&'static str, &'static str)> {
    let (_, text) = MANIFESTS.iter().find(|(known, _)| *known == name)?;
    let value = |key: &str| {
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
    };
    Some((value("summary")?, value("version")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_that_comes_with_the_host_says_something() {
        for name in leash_protocol::commands::BUNDLED {
            let loaded = manifest_of(name, Path::new("/x/y")).expect("readable").expect("there");
            assert!(!loaded.manifest.summary.is_empty() && loaded.unknown_keys.is_empty(), "{name}");
            let manifest = loaded.manifest;
            assert_eq!(summary_of(name), Some((manifest.summary.as_str(), manifest.version.as_str())));
            assert_eq!(manifest.kind, leash_protocol::manifest::PluginKind::Exec);
        }
    }
}
