//! What is remembered of a rotation while it is under way, so that one that was cut off can be told about
//! and brought to an end. No plaintext is in it.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use leash_chain::Address;
use leash_files::{Paths, atomic};
use leash_output::Error;
use serde::{Deserialize, Serialize};

/// One rotation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// Label of both keys.
    pub(super) label: String,
    /// The key that is replaced.
    pub(super) old: String,
    /// When it began, by this machine's clock.
    pub(super) begun: Timestamp,
    /// When the request for the new key had come to its end at the latest.
    pub(super) until: Timestamp,
    /// How far it got.
    pub(super) step: Step,
}

/// How far a rotation got.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step", content = "new")]
pub(super) enum Step {
    /// A new key was asked for.
    Asked,
    /// It is there, and nobody has its plaintext.
    Made(String),
    /// Its plaintext is being handed over, or was; the old key is still active.
    Handed(String),
}

/// The journal of one agent's rotations, held by one process at a time.
pub(super) struct Journal {
    path: PathBuf,
    _lock: File,
}

impl Journal {
    /// Opens the journal.
    ///
    /// # Errors
    /// Where another rotation of this agent's is under way.
    pub(super) fn open(paths: &Paths, mint: &Address) -> Result<Self, Error> {
        let dir = paths.data.join("rotations");
        atomic::create_dir(&dir).map_err(|error| io("create", &dir, &error))?;
        let lock_path = dir.join(format!("{mint}.lock"));
        let lock = File::create(&lock_path).map_err(|error| io("create", &lock_path, &error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                Error::failure("busy", "another rotation of this agent's keys is under way")
                    .hint("wait for it to end, then look at `leash api-key list`")
            }
            TryLockError::Error(error) => io("lock", &lock_path, &error),
        })?;
        Ok(Self { path: dir.join(format!("{mint}.json")), _lock: lock })
    }

    /// The rotation that was cut off, if one was.
    pub(super) fn unfinished(&self) -> Result<Option<Rotation>, Error> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| {
                Error::failure("malformed_file", format!("cannot understand `{}`", self.path.display()))
                    .hint("check the keys with `leash api-key list`, then remove that file")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io("read", &self.path, &error)),
        }
    }

    /// Notes how far it got, before the next step is taken.
    pub(super) fn note(&self, rotation: &Rotation) -> Result<(), Error> {
        let bytes = serde_json::to_vec(rotation).unwrap_or_default();
        atomic::replace(&self.path, &bytes).map_err(|error| io("write", &self.path, &error))
    }

    /// Forgets it: the rotation is at its end.
    pub(super) fn clear(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = File::open(self.path.parent().unwrap_or(Path::new("."))).and_then(|dir| dir.sync_all());
    }
}

fn io(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::io(what, path, error)
        .hint("rotations are noted there before anything is asked of the API, so that none is lost")
}
