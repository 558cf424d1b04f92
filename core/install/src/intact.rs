//! Whether what is installed is still what was installed.
//!
//! Nothing is kept from running by it, since hashing a tree takes longer than starting what lies in it. Without a grant a
//! plugin gets nothing that anybody else couldn't get, and a grant binds the whole tree by itself.

use leash_files::Paths;
use leash_output::Error;
use leash_trust::digest_tree;

use crate::Lockfile;

/// What is wrong with the directory of an installed plugin, by the lockfile; none where it is as it was installed.
#[must_use]
pub fn damage(paths: &Paths, lock: &Lockfile, plugin: &str) -> Option<String> {
    let Some(locked) = lock.plugin.get(plugin) else {
        return Some("plugins.lock doesn't know it".to_owned());
    };
    let dir = paths.plugins().join(plugin);
    if dir.symlink_metadata().is_err() {
        return Some("plugins.lock has it, and it isn't there".to_owned());
    }
    match digest_tree(&dir) {
        Ok(digest) if digest == locked.digest => None,
        Ok(_) => Some(format!("it isn't as {} was installed", locked.version)),
        Err(error) => Some(error.message().to_owned()),
    }
}

/// The same, with the plugin's name and what to do.
#[must_use]
pub fn damaged(paths: &Paths, lock: &Lockfile, plugin: &str) -> Option<Error> {
    let damage = damage(paths, lock, plugin)?;
    let mend = if lock.plugin.contains_key(plugin) {
        format!("put it back as it was: `leash plugin update {plugin}`, or take it away: ")
    } else {
        "install it from where it came, after you took it away: ".to_owned()
    };
    Some(
        Error::failure("damaged_plugin", format!("the installed plugin `{plugin}`: {damage}"))
            .hint(format!("{mend}`leash plugin remove {plugin}`")),
    )
}
