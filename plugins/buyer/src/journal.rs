//! The journal of payments: a file for each that isn't over, held by the process that makes it.
//!
//! Whoever finds one that nobody holds goes on with it, since the process that made it is gone.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime},
};

use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::Error;

use crate::entry::Entry;

/// How long to wait for somebody who is at the same thing.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// How often to try for a payment that nobody seems to look after, and the pause in between.
const PROBES: usize = 3;
const PROBE: Duration = Duration::from_millis(2);
/// What stands in the lock of a payment while somebody only finds out what became of it.
const LOOKING: &[u8] = b"looking";

pub(crate) struct Journal {
    dir: PathBuf,
}

/// A payment, and the right to go on with it.
pub(crate) struct Held {
    dir: PathBuf,
    pub(crate) entry: Entry,
    lock: File,
}

impl Journal {
    /// The journal in an agent's directory.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.join("payments") }
    }

    /// Notes a payment that is about to be made.
    pub(crate) fn begin(&self, entry: Entry) -> Result<Held, Error> {
        atomic::create_dir(&self.dir).map_err(|error| Error::io("create", &self.dir, &error))?;
        let turn = self.turn()?;
        let lock = lock(&self.dir, &entry.id)?
            .ok_or_else(|| Error::failure("internal", "a new payment is held by another process"))?;
        drop(turn);
        let held = Held { dir: self.dir.clone(), entry, lock };
        held.note()?;
        Ok(held)
    }

    /// Held while a payment's lock is made, so that nobody takes it for one that was left behind.
    fn turn(&self) -> Result<File, Error> {
        let turn = File::open(&self.dir).and_then(|dir| dir.lock().map(|()| dir));
        turn.map_err(|error| Error::io("lock", &self.dir, &error))
    }

    /// Waits for whoever is at a payment for this request, but not for long: a process that is being ended has it for a moment
    /// yet, and what it leaves behind is to be found.
    pub(crate) fn wait_for(&self, key: &str, within: Duration) -> Result<(), Error> {
        let begun = Instant::now();
        while self.is_held(key)? && begun.elapsed() < GRACE.min(within) {
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

    /// Removes what processes left behind that were killed before they had noted anything.
    pub(crate) fn sweep(&self) -> Result<(), Error> {
        let left: BTreeSet<String> =
            self.names()?.iter().filter_map(|name| Some(id_in(name)?.to_owned())).collect();
        let left: Vec<String> =
            left.into_iter().filter(|id| !self.dir.join(format!("{id}.json")).exists()).collect();
        if left.is_empty() {
            return Ok(());
        }
        let _turn = self.turn()?;
        for id in left {
            let Some(_lock) = lock(&self.dir, &id)? else { continue };
            // It may have been noted by now, and left behind after that.
            if !self.dir.join(format!("{id}.json")).exists() {
                remove(&self.dir, &id)?;
            }
        }
        Ok(())
    }

    /// A payment, if no other process has it in hand and it isn't over.
    pub(crate) fn take(&self, id: &str) -> Result<Option<Held>, Error> {
        if !is_id(id) || !self.dir.join(format!("{id}.json")).exists() {
            return Ok(None);
        }
        let Some(lock) = lock(&self.dir, id)? else { return Ok(None) };
        // Over by now: then nothing is left but the lock that was just made.
        let Some(entry) = read(&self.dir.join(format!("{id}.json")), id)? else {
            let _ = remove(&self.dir, id);
            return Ok(None);
        };
        // Whoever looked after it before is gone.
        let _ = lock.set_len(0);
        Ok(Some(Held { dir: self.dir.clone(), entry, lock }))
    }

    /// The same for somebody who only finds out what became of it: whoever wants to go on with it waits for that.
    pub(crate) fn take_to_look(&self, id: &str) -> Result<Option<Held>, Error> {
        let held = self.take(id)?;
        if let Some(held) = &held {
            // Where it can't be written, nobody waits.
            let _ = (&held.lock).write_all(LOOKING);
        }
        Ok(held)
    }

    /// A payment, if no other process makes it. One that only looks after it is waited for.
    pub(crate) fn take_from_looker(&self, id: &str, within: Duration) -> Result<Option<Held>, Error> {
        let begun = Instant::now();
        let path = self.dir.join(format!("{id}.lock"));
        let mut tries = 0;
        loop {
            let held = self.take(id)?;
            let is_there = self.dir.join(format!("{id}.json")).exists();
            if held.is_some() || !is_there {
                return Ok(held);
            }
            // A probe holds it for a moment, too.
            let is_looked_at = fs::read(&path).is_ok_and(|text| text == LOOKING);
            tries += 1;
            if begun.elapsed() >= within || !is_looked_at && tries >= PROBES {
                return Ok(None);
            }
            thread::sleep(if is_looked_at { PAUSE } else { PROBE });
        }
    }

    /// The payments that aren't over, oldest first, whoever has them in hand; and why others can't be read. Nothing is made
    /// or locked.
    pub(crate) fn survey(&self) -> Result<(Vec<Entry>, Vec<Error>), Error> {
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for id in self.ids()? {
            match read(&self.dir.join(format!("{id}.json")), &id) {
                // It may be over by now.
                Ok(entry) => entries.extend(entry),
                Err(error) => faults.push(error),
            }
        }
        entries.sort_by(|a, b| a.time.cmp(&b.time));
        Ok((entries, faults))
    }

    /// The ids of payments that nobody looked at for so long, the ones that wait longest first.
    pub(crate) fn waiting(&self, since: Duration) -> Result<Vec<String>, Error> {
        let looked_at = |id: &String| {
            let lock = fs::metadata(self.dir.join(format!("{id}.lock")));
            lock.and_then(|lock| lock.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
        };
        let mut ids: Vec<_> = self.ids()?.into_iter().map(|id| (looked_at(&id), id)).collect();
        ids.retain(|(time, _)| time.elapsed().map_or(true, |elapsed| elapsed >= since));
        ids.sort();
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }

    fn ids(&self) -> Result<Vec<String>, Error> {
        let names = self.names()?;
        let ids = names.iter().filter_map(|name| name.strip_suffix(".json").filter(|id| is_id(id)));
        Ok(ids.map(str::to_owned).collect())
    }

    /// The names of all files; none where there is no directory yet.
    fn names(&self) -> Result<Vec<String>, Error> {
        let files = match fs::read_dir(&self.dir) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.dir, &error)),
        };
        let names = files.map(|file| file.map(|file| file.file_name().to_string_lossy().into_owned()));
        names.collect::<Result<_, _>>().map_err(|error| Error::io("read", &self.dir, &error))
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The payment that a file belongs to, be it one that was written aside and never put in place.
fn id_in(name: &str) -> Option<&str> {
    let name = name.strip_prefix('.').unwrap_or(name);
    name.split('.').next().filter(|id| is_id(id))
}

/// Removes all files of a payment, whose lock the caller has.
fn remove(dir: &Path, id: &str) -> Result<(), Error> {
    // Without the entry the rest means nothing, so that goes first.
    for kind in ["json", "body", "lock"] {
        let path = dir.join(format!("{id}.{kind}"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", &path, &error));
            }
            _ => {}
        }
        atomic::remove_unfinished(&path).map_err(|error| Error::io("tidy up beside", &path, &error))?;
    }
    let synced = File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(|error| Error::io("write", dir, &error))
}

/// The entry in a file; none where there is no such file.
fn read(path: &Path, id: &str) -> Result<Option<Entry>, Error> {
    let Some(bytes) = trust::read(path, Others::Nothing)? else { return Ok(None) };
    let entry = serde_json::from_slice::<Entry>(&bytes).ok();
    entry.filter(|entry| entry.v == 1 && entry.id == id).map(Some).ok_or_else(|| broken(path))
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

    /// Marks it as looked at now, so that others get their turn. It is no loss where that isn't kept.
    pub(crate) fn looked_at(&self) {
        let _ = self.lock.set_modified(SystemTime::now());
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
        remove(&self.dir, &self.entry.id)
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
        "a payment may be under way: look at `{}`, then move that file away: `{}`",
        leash_output::command("treasury balance"),
        Paths::typed(path)
    ))
}
