//! The one server of a data directory: its lock, which says whether it lives, and what it wrote about itself.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use leash_files::{Paths, atomic};
use leash_output::Error;
use serde::{Deserialize, Serialize};

/// How long a server that starts waits for someone who only looks whether one runs.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(10);

/// Where a sandbox keeps everything.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

/// What a server says about itself. The port stays when it ends, for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Its process.
    pub(crate) pid: u32,
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// Whether it refuses what the original wrongly accepts.
    pub(crate) strict: bool,
    /// When it began, ISO 8601.
    pub(crate) started_at: String,
}

impl State {
    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Held by a server for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // So that nobody takes the number for a living process's.
        let _ = self.0.set_len(0);
    }
}

impl DataDir {
    /// The directory that was named, or this user's own.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Error> {
        let path = match named {
            Some(path) => std::path::absolute(path).map_err(|error| Error::io("find", path, &error))?,
            None => Paths::from_env()?.data.join("sandbox"),
        };
        Ok(Self(path))
    }

    /// Makes the directory, for this user alone. One that is there stays as it is; what is written into it is
    /// this user's alone too.
    pub(crate) fn create(&self) -> Result<(), Error> {
        atomic::create_dir(&self.0).map_err(|error| {
            Error::io("create", &self.0, &error).hint("choose a directory that you own with `--data DIR`")
        })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("sandbox.db")
    }

    /// The ledger's database.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.0.join(crate::api::LEDGER)
    }

    /// The log of a server that runs in the background.
    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("server.log")
    }

    fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    fn state_file(&self) -> PathBuf {
        self.0.join("server.json")
    }

    fn open_lock(&self) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.lock_file())
    }

    /// Becomes the directory's one server; `None` where there is one.
    pub(crate) fn lock(&self) -> Result<Option<Lock>, Error> {
        let failed = |error: io::Error| Error::io("lock", &self.lock_file(), &error);
        let mut file = self.open_lock().map_err(failed)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => std::thread::sleep(POLL),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        file.set_len(0).map_err(failed)?;
        write!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Some(Lock(file)))
    }

    /// Whether a server lives, and as which process, where it has said so already.
    pub(crate) fn holder(&self) -> Result<Option<Option<u32>>, Error> {
        let failed = |error: io::Error| Error::io("read", &self.lock_file(), &error);
        let mut file = match File::open(self.lock_file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(failed)?;
                Ok(Some(pid.parse().ok()))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// What the last server said about itself.
    pub(crate) fn state(&self) -> Result<Option<State>, Error> {
        let path = self.state_file();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path, &error)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::failure("malformed_file", format!("cannot understand `{}`: {error}", path.display()))
                .hint(format!("remove it: `rm {}`; all it holds is the port of the last run", path.display()))
        })
    }

    /// The server that lives, as far as it has come.
    pub(crate) fn living(&self) -> Result<Option<State>, Error> {
        let Some(pid) = self.holder()?.flatten() else { return Ok(None) };
        Ok(self.state()?.filter(|state| state.pid == pid))
    }

    /// Writes what the server says about itself.
    pub(crate) fn write_state(&self, state: &State) -> Result<(), Error> {
        let path = self.state_file();
        let text = serde_json::to_vec_pretty(state).unwrap_or_default();
        atomic::replace(&path, &text).map_err(|error| Error::io("write", &path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir() -> (tempfile::TempDir, DataDir) {
        let temp = tempfile::tempdir().expect("a directory");
        let dir = DataDir::find(Some(&temp.path().join("data"))).expect("a path");
        dir.create().expect("a directory");
        (temp, dir)
    }

    #[test]
    fn there_is_one_server_at_a_time() {
        let (_temp, dir) = dir();
        assert_eq!(dir.holder().expect("no lock"), None);
        let lock = dir.lock().expect("a lock").expect("it is free");
        assert_eq!(dir.holder().expect("a lock"), Some(Some(std::process::id())));
        assert!(dir.lock().expect("a lock").is_none());
        drop(lock);
        assert_eq!(dir.holder().expect("a lock"), None);
    }

    #[test]
    fn a_state_counts_only_while_its_server_lives() {
        let (_temp, dir) = dir();
        let mut state =
            State { pid: std::process::id(), port: 4711, strict: false, started_at: String::new() };
        dir.write_state(&state).expect("written");
        assert_eq!(dir.living().expect("readable"), None);
        let _lock = dir.lock().expect("a lock");
        assert_eq!(dir.living().expect("readable"), Some(state.clone()));
        state.pid += 1;
        dir.write_state(&state).expect("written");
        assert_eq!(dir.living().expect("readable"), None);
        assert_eq!(dir.state().expect("readable").map(|state| state.port), Some(4711));
    }
}
