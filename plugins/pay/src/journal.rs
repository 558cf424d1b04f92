//! The journal of payments: a file for each that isn't over, held by the process that makes it.
//!
//! Whoever finds one that nobody holds goes on with it, since the process that made it is gone.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use leash_identity::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::Error;

use crate::entry::Entry;

/// How long to wait for somebody who is at the same thing.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Journal {
    dir: PathBuf,
}

/// A payment, and the right to go on with it.
pub(crate) struct Held {
    dir: PathBuf,
    pub(crate) entry: Entry,
    _lock: File,
}

impl Journal {
    /// The journal in an agent's directory.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.join("payments") }
    }

    /// Notes a payment that is about to be made.
    pub(crate) fn begin(&self, entry: Entry) -> Result<Held, Error> {
        atomic::create_dir(&self.dir).map_err(|error| Error::io("create", &self.dir, &error))?;
        let lock = lock(&self.dir, &entry.id)?
            .ok_or_else(|| Error::failure("internal", "a new payment is held by another process"))?;
        let held = Held { dir: self.dir.clone(), entry, _lock: lock };
        held.note()?;
        Ok(held)
    }

    /// Waits for whoever is at a payment for this request, but not for long: a process that is being ended has it for a moment
    /// yet, and what it leaves behind is to be found.
    pub(crate) fn wait_for(&self, key: &str) -> Result<(), Error> {
        let begun = Instant::now();
        while self.is_held(key)? && begun.elapsed() < GRACE {
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Whether another process is at a payment for this request.
    fn is_held(&self, key: &str) -> Result<bool, Error> {
        for id in self.ids()? {
            let bytes = fs::read(self.dir.join(format!("{id}.json"))).unwrap_or_default();
            let same = serde_json::from_slice::<Entry>(&bytes).is_ok_and(|entry| entry.asked.key == key);
            if same && lock(&self.dir, &id)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The ids of all payments that aren't over.
    fn ids(&self) -> Result<Vec<String>, Error> {
        let files = match fs::read_dir(&self.dir) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.dir, &error)),
        };
        let mut ids = Vec::new();
        for file in files {
            let name = file.map_err(|error| Error::io("read", &self.dir, &error))?.file_name();
            let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".json")) else { continue };
            if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                ids.push(id.to_owned());
            }
        }
        Ok(ids)
    }

    /// The payments that nobody goes on with, oldest first.
    pub(crate) fn orphans(&self) -> Result<Vec<Held>, Error> {
        let mut found = Vec::new();
        for id in self.ids()? {
            let Some(lock) = lock(&self.dir, &id)? else { continue };
            let path = self.dir.join(format!("{id}.json"));
            // Over by now: then nothing is left but the lock that was just made.
            let Some(bytes) = trust::read(&path, Others::Nothing)? else {
                let _ = fs::remove_file(self.dir.join(format!("{id}.lock")));
                continue;
            };
            let entry =
                serde_json::from_slice::<Entry>(&bytes).ok().filter(|entry| entry.v == 1 && entry.id == id);
            let entry = entry.ok_or_else(|| broken(&path))?;
            found.push(Held { dir: self.dir.clone(), entry, _lock: lock });
        }
        found.sort_by(|a, b| a.entry.time.cmp(&b.entry.time));
        Ok(found)
    }
}

impl Held {
    fn path(&self, kind: &str) -> PathBuf {
        self.dir.join(format!("{}.{kind}", self.entry.id))
    }

    /// Writes down how far it got, before it goes further.
    pub(crate) fn note(&self) -> Result<(), Error> {
        let text = serde_json::to_vec(&self.entry)
            .map_err(|error| Error::failure("internal", format!("cannot write a payment down: {error}")))?;
        self.write("json", &text)
    }

    /// Keeps the answer's body until it is delivered.
    pub(crate) fn keep(&self, body: &[u8]) -> Result<(), Error> {
        self.write("body", body)
    }

    /// The body that was kept.
    pub(crate) fn body(&self) -> Result<Vec<u8>, Error> {
        let path = self.path("body");
        fs::read(&path).map_err(|error| Error::io("read", &path, &error))
    }

    fn write(&self, kind: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(kind);
        atomic::replace(&path, bytes).map_err(|error| {
            Error::io("write", &path, &error)
                .hint("payments are noted there before they are sent; make room on the disk")
        })
    }

    /// Forgets it: it is known what became of it, and everything that follows from it was done.
    pub(crate) fn close(self) -> Result<(), Error> {
        // Without the entry the rest means nothing, so that goes first.
        for kind in ["json", "body", "lock"] {
            let path = self.path(kind);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("remove", &path, &error));
                }
                _ => {}
            }
        }
        File::open(&self.dir)
            .and_then(|dir| dir.sync_all())
            .map_err(|error| Error::io("write", &self.dir, &error))
    }
}

/// The lock of a payment; none where another process has it.
fn lock(dir: &Path, id: &str) -> Result<Option<File>, Error> {
    let path = dir.join(format!("{id}.lock"));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let file = file.map_err(|error| Error::io("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path, &error)),
    }
}

fn broken(path: &Path) -> Error {
    Error::failure("malformed_file", format!("cannot understand `{}`", Paths::display(path))).hint(format!(
        "a payment may be under way: look at `leash treasury balance`, then move that file away: `{}`",
        Paths::typed(path)
    ))
}
