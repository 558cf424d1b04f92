//! Whether leash can write where it keeps things.

use std::path::Path;

use leash_files::Paths;
use rustix::fs::{Access, access};

use super::Check;

pub(super) fn checks(paths: &Paths) -> Vec<Check> {
    let kept = [
        ("agents and settings", &paths.config, "XDG_CONFIG_HOME"),
        ("plugins and what must last", &paths.data, "XDG_DATA_HOME"),
        ("what may go", &paths.cache, "XDG_CACHE_HOME"),
    ];
    kept.into_iter().filter_map(|(what, dir, variable)| check(what, dir, variable)).collect()
}

/// Nothing is tried: the directory, or what it would be made in, says who may write it.
fn check(what: &str, dir: &Path, variable: &str) -> Option<Check> {
    // What lies below a file can't be there, nor be made.
    let there = dir.ancestors().find(|dir| dir.symlink_metadata().is_ok())?;
    let shown = Paths::display(dir);
    let typed = Paths::typed(there);
    if !there.is_dir() {
        return Some(Check::warn(
            "directory",
            format!("`{shown}`, for {what}, can't be made: `{}` is no directory", there.display()),
            format!("set HOME, or {variable}, to a directory that you own"),
        ));
    }
    let error = access(there, Access::WRITE_OK | Access::EXEC_OK).err()?;
    Some(Check::warn(
        "directory",
        format!("`{shown}`, for {what}, can't be written: {error}"),
        format!(
            "`ls -ld {typed}` shows whose it is: make it yours, or set {variable} to a directory that is"
        ),
    ))
}
