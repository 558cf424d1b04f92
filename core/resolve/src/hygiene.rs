//! Which directories of PATH, and which files in them, may name a command.

use std::{
    ffi::OsStr,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use leash_protocol::name;
use rustix::fs::{Access, access};

/// A directory of PATH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDir {
    /// As PATH names it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub concern: Option<Concern>,
    /// Its device and inode; none where it isn't there.
    pub(crate) identity: Option<(u64, u64)>,
}

/// What is wrong with a directory of PATH, or a file in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// It is passed over, and this is why.
    Skipped(&'static str),
    /// It is used, but others of the group can change it.
    GroupWritable,
}

/// The directories of PATH, each with what is wrong with it. One that doesn't exist has nothing wrong.
#[must_use]
pub fn check_path(path: &OsStr) -> Vec<PathDir> {
    std::env::split_paths(path)
        .map(|dir| {
            let metadata = if dir.is_absolute() { std::fs::metadata(&dir).ok() } else { None };
            let concern = if dir.as_os_str().is_empty() {
                Some(Concern::Skipped("an empty entry means the current directory"))
            } else if dir.is_relative() {
                Some(Concern::Skipped("it is relative to the current directory"))
            } else {
                metadata.as_ref().and_then(directory_concern)
            };
            let identity = metadata.map(|metadata| (metadata.dev(), metadata.ino()));
            PathDir { path: dir, concern, identity }
        })
        .collect()
}

/// What is wrong with a directory that commands lie in; nothing where it isn't there.
pub(crate) fn check_directory(dir: &Path) -> Option<Concern> {
    std::fs::metadata(dir).ok().and_then(|metadata| directory_concern(&metadata))
}

pub(crate) fn directory_concern(metadata: &Metadata) -> Option<Concern> {
    let owner = metadata.uid();
    if metadata.mode() & 0o002 != 0 {
        Some(Concern::Skipped("every user can write it"))
    } else if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        Some(Concern::Skipped("it belongs to another user"))
    } else if metadata.mode() & 0o020 != 0 {
        Some(Concern::GroupWritable)
    } else {
        None
    }
}

/// The executables on PATH that would be commands, were they not open to every user.
#[must_use]
pub fn open_executables(path: &OsStr) -> Vec<PathBuf> {
    let dirs = check_path(path).into_iter().filter(|dir| !matches!(dir.concern, Some(Concern::Skipped(_))));
    let entries = dirs.flat_map(|dir| std::fs::read_dir(dir.path).into_iter().flatten().flatten());
    let mut open: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().and_then(|name| name.strip_prefix("leash-")).is_some_and(name::is_valid)
        })
        .map(|entry| entry.path())
        .filter(|path| executable_problem(path) == Some(OPEN))
        .collect();
    open.sort_unstable();
    open.dedup();
    open
}

/// What is wrong with an executable that anybody could have changed.
const OPEN: &str = "every user can write it";

/// What is wrong with a file that could be a library.
pub(crate) const NOT_EXECUTABLE: &str = "this user may not execute it";

/// Why a file is no command, where it isn't one: a link is followed first.
#[must_use]
pub fn executable_problem(path: &Path) -> Option<&'static str> {
    let Ok(metadata) = std::fs::metadata(path) else {
        let link = std::fs::symlink_metadata(path).is_ok();
        return Some(if link { "a link that leads nowhere" } else { "there is no such file" });
    };
    if !metadata.is_file() {
        Some("not a regular file")
    } else if metadata.mode() & 0o002 != 0 {
        Some(OPEN)
    } else if metadata.mode() & 0o111 == 0 || access(path, Access::EXEC_OK).is_err() {
        Some(NOT_EXECUTABLE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    fn put(path: &Path, mode: u32) {
        fs::write(path, "#!/bin/sh\n").expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    #[test]
    fn executables_that_anybody_could_have_changed() {
        let dir = tempfile::tempdir().expect("a directory");
        let shared = dir.path().join("shared");
        fs::create_dir(&shared).expect("a directory");
        for (name, mode) in [
            ("leash-open", 0o777),
            ("leash-fine", 0o755),
            ("other", 0o777),
            ("leash-UP", 0o777),
            ("leash-text", 0o666),
        ] {
            put(&dir.path().join(name), mode);
            put(&shared.join(name), mode);
        }
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).expect("a mode");
        let path = std::env::join_paths([dir.path(), &shared, dir.path(), Path::new("rel")]).expect("a PATH");
        // That the file isn't executable doesn't make it better: whoever can write it may not own it.
        assert_eq!(open_executables(&path), [dir.path().join("leash-open"), dir.path().join("leash-text")]);
    }
}
