//! A plugin on PATH, with what it says of itself.

use std::{ffi::OsStr, path::PathBuf};

use leash_output::{Error, Kind};
use leash_plugin::Host;
use leash_protocol::context::Source;
use leash_resolve::Target;
use leash_trust::{Found, manifest_beside};

/// The plugin that `leash NAME` would run.
pub(super) fn by_name(host: &Host, name: &str) -> Result<Found, Error> {
    let mut table = host.table()?;
    table.aliases.clear();
    match table.find(OsStr::new(name))? {
        Target::Path(path) => at(name, path),
        Target::Bundled(_) | Target::Builtin | Target::Alias(_) => {
            Err(Error::new(Kind::Refused, "part_of_leash", format!("`{name}` came with leash"))
                .hint("only other people's plugins need to be trusted: `leash plugin list`"))
        }
    }
}

/// The plugin whose executable this is.
pub(super) fn at(name: &str, path: PathBuf) -> Result<Found, Error> {
    let manifest = manifest_beside(&path, name)?;
    Ok(Found { name: name.to_owned(), path, source: Source::Path, manifest, dir: None })
}
