//! The agents of this user: which there are, and how one comes and goes.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use leash_output::{Error, Kind};

use crate::AgentFile;
use leash_files::{DEFAULT_AGENT, Paths, atomic, is_agent_name, trust};

/// The names of all agents that have a file, the default one first, then by name.
///
/// # Errors
/// Where the directory of agents is there and can't be read.
pub fn names(paths: &Paths) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let dir = paths.agents_dir();
    match fs::read_dir(&dir) {
        Ok(entries) => {
            for entry in entries {
                let entry = entry.map_err(|error| Error::io("read", &dir, &error))?;
                if let Some(name) = entry.file_name().to_str().and_then(|name| name.strip_suffix(".json"))
                    && is_agent_name(name)
                {
                    names.push(name.to_owned());
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("read", &dir, &error)),
    }
    names.sort_unstable();
    if fs::symlink_metadata(paths.agent_file(DEFAULT_AGENT)).is_ok() {
        names.insert(0, DEFAULT_AGENT.to_owned());
    }
    Ok(names)
}

/// Writes the file of a new agent.
///
/// # Errors
/// `agent_exists` where an agent of that name is there: it isn't touched. [`Kind::Identity`] where other users
/// could put a file of their own in its place.
pub fn create(paths: &Paths, name: &str, file: &AgentFile) -> Result<(), Error> {
    let path = paths.agent_file(name);
    make_parent(&path)?;
    trust::check_directory(&path)?;
    atomic::write_new(&path, &file.to_bytes()).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            Error::failure(
                crate::AGENT_EXISTS,
                format!("agent `{name}` is there already (`{}`)", Paths::display(&path)),
            )
            .hint("choose another name with `--name NAME`; `leash agent list` shows those that are taken")
        } else {
            Error::io("write", &path, &error)
        }
    })
}

/// Who changes an agent's file holds this from reading it to writing it, so that no change is lost. It ends with
/// the process, however that ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "it is open as long as the lock is held")] File);

/// Waits until nobody else changes the agents' files beside `path`, and keeps others waiting.
///
/// # Errors
/// As the file system says.
pub fn lock(path: &Path) -> Result<Lock, Error> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let dir = target.parent().unwrap_or_else(|| Path::new("."));
    let lock = File::open(dir).and_then(|dir| dir.lock().map(|()| dir));
    lock.map(Lock).map_err(|error| Error::io("lock", dir, &error))
}

/// Removes what was written aside for an agent's file and never put in its place, since the process was killed: it may
/// hold a key. Whoever calls this holds the [`lock`].
///
/// # Errors
/// As the file system says.
pub fn sweep(path: &Path, _: &Lock) -> Result<(), Error> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    atomic::remove_unfinished(&target).map_err(|error| Error::io("tidy up beside", path, &error))
}

/// Writes the file of an agent that is there, in one step.
///
/// # Errors
/// As the file system says; the old file is then still there.
pub fn update(path: &Path, file: &AgentFile) -> Result<(), Error> {
    atomic::replace(path, &file.to_bytes()).map_err(|error| Error::io("write", path, &error))
}

/// Removes an agent's file. The key in it is gone with it.
///
/// # Errors
/// Where there is no such agent, or the file system refuses.
pub fn remove(paths: &Paths, name: &str) -> Result<(), Error> {
    let path = paths.agent_file(name);
    fs::remove_file(&path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Error::new(Kind::Identity, "no_agent", format!("no agent `{name}`"))
                .hint("`leash agent list` shows those that are there")
        } else {
            Error::io("remove", &path, &error)
        }
    })
}

fn make_parent(path: &Path) -> Result<(), Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))
}
