//! The log of one executive key.

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use leash_chain::Address;
use leash_output::Error;

use crate::{AuditKey, Entry, Lines, MAX_LINE, Report, file, line, lines::Raw, tail, verify};

/// How long to wait for others who write.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// A log: `DIR/PUBKEY.log`, JSON lines.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    /// What this log wrote last, so that the end needn't be read again while nobody else writes.
    last: Mutex<Option<Written>>,
}

#[derive(Debug, Clone)]
struct Written {
    file: (u64, u64),
    length: u64,
    code: String,
}

impl Log {
    /// The log of an executive key in a directory; neither need exist yet.
    #[must_use]
    pub fn new(dir: &Path, executive: &Address) -> Self {
        Self { path: dir.join(format!("{executive}.log")), last: Mutex::new(None) }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line. Other processes may do so at the same time; it waits its turn for some seconds.
    ///
    /// # Errors
    /// Where the line was not written: the log can't be trusted, written or had for oneself.
    pub fn append(&self, key: &AuditKey, entry: &Entry) -> Result<(), Error> {
        self.append_while(key, entry, patience(PATIENCE))
    }

    /// [`Log::append`] for those who have something else to watch: while another process has the log, `again` is
    /// called in turn with the next attempt, and is where to wait; where it says no, this gives up.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn append_while(
        &self,
        key: &AuditKey,
        entry: &Entry,
        mut again: impl FnMut() -> bool,
    ) -> Result<(), Error> {
        loop {
            let file = file::to_append(&self.path)?;
            file::lock(&self.path, &mut again, || file.try_lock())?;
            let metadata = file.metadata().map_err(|error| Error::io("read", &self.path, &error))?;
            // Moved away or deleted while we waited: then there is a new one, or soon will be.
            let current = std::fs::symlink_metadata(&self.path).is_ok_and(|now| now.ino() == metadata.ino());
            if current {
                return self.write(&file, &metadata, key, entry);
            }
            if !again() {
                let message = format!("`{}` is moved away again and again", self.path.display());
                return Err(Error::failure("audit", message));
            }
        }
    }

    fn write(
        &self,
        mut file: &File,
        metadata: &std::fs::Metadata,
        key: &AuditKey,
        entry: &Entry,
    ) -> Result<(), Error> {
        let (id, length) = ((metadata.dev(), metadata.ino()), metadata.len());
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let tail = match last.take() {
            Some(last) if last.file == id && last.length == length => {
                tail::Tail { code: last.code, ended: true }
            }
            _ => tail::read(file, &self.path, length, key)?,
        };
        let (text, code) = line::write(key, &entry.tamed(), &tail.code)
            .map_err(|error| Error::failure("audit", format!("cannot write a line of the log: {error}")))?;
        if text.len() > MAX_LINE {
            return Err(Error::failure("audit", "the line is too long for the log"));
        }
        // A new line after a torn one, in the same write.
        let bytes = [if tail.ended { "" } else { "\n" }, &text, "\n"].concat();
        if let Err(error) = file.write_all(bytes.as_bytes()) {
            // Where the disk is full, half a line may be there; if it stays, it counts as torn.
            let _ = file.set_len(length);
            return Err(Error::io("write", &self.path, &error));
        }
        *last = Some(Written { file: id, length: length + bytes.len() as u64, code });
        Ok(())
    }

    /// Its lines, as they are.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn read(&self) -> Result<Lines, Error> {
        self.raw().map(Lines::new)
    }

    /// Goes through all of it and looks whether each line is true and in its place.
    ///
    /// # Errors
    /// Where it can't be read. What is wrong with it stands in the report.
    pub fn verify(&self, key: &AuditKey) -> Result<Report, Error> {
        verify::verify(self.raw()?, key)
    }

    fn raw(&self) -> Result<Raw, Error> {
        let Some(file) = file::to_read(&self.path)? else { return Ok(Raw::new(None, self.path.clone(), 0)) };
        // What is being written right now would look torn. Who never lets go is not waited for.
        let _ = file::lock(&self.path, patience(Duration::from_secs(1)), || file.try_lock_shared());
        let length = file.metadata().map_err(|error| Error::io("read", &self.path, &error))?.len();
        let _ = file.unlock();
        Ok(Raw::new(Some(file), self.path.clone(), length))
    }
}

fn patience(most: Duration) -> impl FnMut() -> bool {
    let begun = Instant::now();
    move || {
        thread::sleep(PAUSE);
        begun.elapsed() < most
    }
}
