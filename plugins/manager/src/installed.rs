//! Installed plugins that aren't what was installed, for `leash doctor`.

use std::collections::BTreeSet;

use leash_command::Host;
use leash_install::{Lockfile, damaged};
use leash_output::Error;
use leash_resolve::Target;

/// Installed plugins that aren't what was installed, and what to do about each. A lockfile that can't be read is one
/// without a name.
#[must_use]
pub fn damaged_plugins(host: &Host) -> Vec<(String, Error)> {
    let Ok(paths) = host.paths() else { return Vec::new() };
    let lock = match Lockfile::read(paths) {
        Ok(lock) => lock,
        Err(error) => return vec![(String::new(), error)],
    };
    let mut names: BTreeSet<String> = lock.plugin.keys().cloned().collect();
    let table = host.table().map(|table| table.all()).unwrap_or_default();
    names.extend(table.into_iter().filter_map(|listed| match listed.target {
        Target::Installed(_) => Some(listed.name),
        _ => None,
    }));
    names.into_iter().filter_map(|name| damaged(paths, &lock, &name).map(|error| (name, error))).collect()
}
