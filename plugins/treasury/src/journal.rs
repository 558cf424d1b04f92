//! The one transaction of an agent's treasury that may be under way, noted before it is sent.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use leash_chain::Address;
use leash_files::{Paths, atomic};
use leash_output::Error;
use leash_submit::Signed;
use serde::{Deserialize, Serialize};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub(crate) enum Request {
    /// Move this out; all of it without an amount.
    Withdraw { token: String, to: String, amount: Option<u64> },
    /// Let payments spend this.
    SetLimit { token: String, amount: u64 },
}

/// A transaction that may have been sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// What it is for.
    pub(crate) request: Request,
    /// What that came to, for a person.
    pub(crate) text: String,
    /// What was signed.
    #[serde(flatten)]
    pub(crate) signed: Signed,
}

/// The journal of one agent, held by one process at a time.
pub(crate) struct Journal {
    path: PathBuf,
    _lock: File,
}

impl Journal {
    pub(crate) fn open(paths: &Paths, asset: &Address) -> Result<Self, Error> {
        let dir = paths.data.join("transactions");
        atomic::create_dir(&dir).map_err(|error| io("create", &dir, &error))?;
        let lock_path = dir.join(format!("{asset}.lock"));
        let lock = File::create(&lock_path).map_err(|error| io("create", &lock_path, &error))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                Error::failure("busy", "another command is changing this agent's treasury")
                    .hint("wait for it to end, then look at `leash treasury balance`")
            }
            TryLockError::Error(error) => io("lock", &lock_path, &error),
        })?;
        Ok(Self { path: dir.join(format!("{asset}.json")), _lock: lock })
    }

    /// The transaction that may be under way.
    pub(crate) fn unfinished(&self) -> Result<Option<Entry>, Error> {
        read(&self.path)
    }

    /// Notes a transaction before it is sent.
    pub(crate) fn note(&self, entry: &Entry) -> Result<(), Error> {
        let bytes = serde_json::to_vec(entry).unwrap_or_default();
        atomic::replace(&self.path, &bytes).map_err(|error| io("write", &self.path, &error))
    }

    /// Forgets it: it is known what became of it, and that was said.
    pub(crate) fn clear(&self) -> Result<(), Error> {
        let gone = fs::remove_file(&self.path)
            .and_then(|()| File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all());
        gone.map_err(|error| io("remove", &self.path, &error))
    }
}

/// What an agent's journal holds, whoever has it in hand. Nothing is made or locked.
pub(crate) fn peek(paths: &Paths, asset: &Address) -> Result<Option<Entry>, Error> {
    read(&paths.data.join("transactions").join(format!("{asset}.json")))
}

fn read(path: &Path) -> Result<Option<Entry>, Error> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("read", path, &error)),
    };
    let entry = serde_json::from_slice::<Entry>(&bytes).ok();
    let whole = entry.filter(|entry| entry.signed.transaction().is_some_and(|it| it.is_signed()));
    whole.map(Some).ok_or_else(|| {
        Error::failure("malformed_file", format!("cannot understand `{}`", path.display()))
            .hint("a transaction may be under way: look at `leash treasury balance`, then remove that file")
    })
}

fn io(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::io(what, path, error)
        .hint("transactions are noted there before they are sent, so that none is lost")
}
