//! What is being done, written down before it is done, so that whoever comes after a killed command can end it.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use leash_files::atomic;
use leash_output::Error;
use leash_trust::{Store, digest_tree};
use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use serde::{Deserialize, Serialize};

use crate::{Lockfile, Publishers, Rooms, lockfile::Locked, publishers::Standing};

/// What is being done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    /// A tree takes its place.
    Put {
        name: String,
        /// The directory in which it was made ready.
        stage: String,
        locked: Box<Locked>,
        /// Whether its publisher is new.
        learn: bool,
    },
    /// A plugin goes.
    Remove { name: String, stage: String, forget: bool },
}

/// Does it. When this comes back it is done for good; if it is cut short, [`recover`] ends it or undoes it.
pub(crate) fn carry_out(rooms: &Rooms, step: &Step) -> Result<(), Error> {
    let path = rooms.work().join(FILE);
    let text = serde_json::to_vec(step).map_err(|error| Error::failure("internal", error.to_string()))?;
    atomic::replace(&path, &text).map_err(|error| Error::io("write", &path, &error))?;
    let moved = match step {
        Step::Put { name, stage, .. } => put_in_place(rooms, name, stage),
        Step::Remove { name, stage, .. } => take_away(rooms, name, stage),
    };
    if let Err(error) = moved {
        // Undone or ended, as with a command that was killed.
        recover(rooms)?;
        return Err(error);
    }
    write_down(rooms, step)?;
    forget(&path)
}

/// Ends, or undoes, what a killed command had begun.
pub(crate) fn recover(rooms: &Rooms) -> Result<(), Error> {
    let path = rooms.work().join(FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", &path, &error)),
    };
    let step: Step = serde_json::from_slice(&text).map_err(|_| {
        Error::failure(
            "bad_journal",
            format!("`{}` is of a form that this leash doesn't know", path.display()),
        )
        .hint("use the version of leash that was used before, or move that file away")
    })?;
    let done = match &step {
        Step::Put { name, stage, locked, .. } => {
            let target = rooms.plugin(name);
            let stage = rooms.work().join(stage);
            let is_new = |path: &Path| digest_tree(path).is_ok_and(|digest| digest == locked.digest);
            let (new, old) = (stage.join(NEW), stage.join(OLD));
            if fs::symlink_metadata(&target).is_err() {
                // Before a first version was moved, or between the two steps of a file system that can't exchange. A new
                // one that can't be moved is given up; the old one never is, for it goes with its stage.
                let moved = is_new(&new) && rename(&new, &target).is_ok();
                if !moved && fs::symlink_metadata(&old).is_ok() {
                    rename(&old, &target)?;
                }
            }
            is_new(&target)
        }
        // What can't be moved stays, in the lockfile too, without its grant.
        Step::Remove { name, stage, .. } => take_away(rooms, name, stage).is_ok(),
    };
    if done {
        write_down(rooms, &step)?;
    }
    forget(&path)
}

const FILE: &str = "journal.json";
const NEW: &str = "new";
const OLD: &str = "old";

fn put_in_place(rooms: &Rooms, name: &str, stage: &str) -> Result<(), Error> {
    let (stage, target) = (rooms.work().join(stage), rooms.plugin(name));
    let new = stage.join(NEW);
    if fs::symlink_metadata(&target).is_err() {
        return rename(&new, &target);
    }
    match renameat_with(CWD, &new, CWD, &target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            rename(&target, &stage.join(OLD))?;
            return rename(&new, &target);
        }
        Err(error) => return Err(Error::io("replace", &target, &error.into())),
    }
    sync_around(&new)?;
    sync_around(&target)
}

fn take_away(rooms: &Rooms, name: &str, stage: &str) -> Result<(), Error> {
    let target = rooms.plugin(name);
    let there = fs::symlink_metadata(&target).is_ok();
    // The grant first: no moment is to find a grant without its plugin. Where nothing is installed, a grant of that name
    // is that of a plugin on PATH.
    if there || Lockfile::read(rooms.paths())?.plugin.contains_key(name) {
        Store::open(rooms.paths()).remove(name)?;
    }
    if !there {
        return Ok(());
    }
    let stage = rooms.work().join(stage);
    atomic::create_dir(&stage).map_err(|error| Error::io("create", &stage, &error))?;
    rename(&target, &stage.join(OLD))
}

fn write_down(rooms: &Rooms, step: &Step) -> Result<(), Error> {
    let paths = rooms.paths();
    let mut lock = Lockfile::read(paths)?;
    match step {
        Step::Put { name, locked, learn, .. } => {
            // Whose key it is comes first: without it, another's would be taken for the first.
            if let (true, Some(key)) = (learn, locked.publisher) {
                let mut publishers = Publishers::read(paths)?;
                publishers.learn(name, Standing::First(key));
                publishers.write(paths)?;
            }
            lock.plugin.insert(name.clone(), (**locked).clone());
            lock.write(paths)
        }
        Step::Remove { name, forget, .. } => {
            if lock.plugin.remove(name).is_some() {
                lock.write(paths)?;
            }
            let mut publishers = Publishers::read(paths)?;
            if *forget && publishers.plugin.remove(name).is_some() {
                publishers.write(paths)?;
            }
            Ok(())
        }
    }
}

fn forget(path: &Path) -> Result<(), Error> {
    fs::remove_file(path).map_err(|error| Error::io("remove", path, &error))?;
    sync_around(path)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|error| Error::io("put in place", to, &error))?;
    sync_around(from)?;
    sync_around(to)
}

/// A name is durable only once its directory is.
fn sync_around(path: &Path) -> Result<(), Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("/"));
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| Error::io("write", dir, &error))
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
