//! Which directories of PATH, and which files in them, may name a command.

use std::{
    ffi::OsStr,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

/// A directory of PATH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDir {
    /// As PATH names it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub concern: Option<Concern>,
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
            let concern = if dir.as_os_str().is_empty() {
                Some(Concern::Skipped("an empty entry means the current directory"))
            } else if dir.is_relative() {
                Some(Concern::Skipped("it is relative to the current directory"))
            } else {
                std::fs::metadata(&dir).ok().and_then(|metadata| directory_concern(&metadata))
            };
            PathDir { path: dir, concern }
        })
        .collect()
}

fn directory_concern(metadata: &Metadata) -> Option<Concern> {
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

/// Why a file is no command, where it isn't one: a link is followed first.
#[must_use]
pub fn executable_problem(path: &Path) -> Option<&'static str> {
    let Ok(metadata) = std::fs::metadata(path) else { return Some("a link that leads nowhere") };
    if !metadata.is_file() {
        Some("not a regular file")
    } else if metadata.mode() & 0o002 != 0 {
        Some("every user can write it")
    } else if access(path, Access::EXEC_OK).is_err() || metadata.mode() & 0o111 == 0 {
        Some("this user may not execute it")
    } else {
        None
    }
}
