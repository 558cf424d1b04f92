#![doc = include_str!("../README.md")]

mod held;
mod lines;
mod open;

pub use held::{End, Held};
pub use lines::{Line, Lines, Place};

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use leash_output::Error;

/// The most bytes of one line, without the newline.
pub const MAX_LINE: usize = 256 * 1024;

/// How long to wait for others who write. They hold the lock for milliseconds each.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(2);

/// A file of lines; it need not exist yet.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    /// What its first line says, if that is fixed.
    header: Option<String>,
}

impl Journal {
    /// The journal at a path. With a `header` it is made with that first line, in one step: then an empty file is
    /// one that lost its content.
    #[must_use]
    pub const fn new(path: PathBuf, header: Option<String>) -> Self {
        Self { path, header }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines of this moment; none where there is no such file.
    ///
    /// # Errors
    /// Where it can't be read or trusted, or its header is missing.
    pub fn read(&self) -> Result<Option<Lines>, Error> {
        let Some(file) = open::to_read(&self.path)? else { return Ok(None) };
        // What is being written right now would look torn.
        self.wait(|| file.try_lock_shared())?;
        let length = open::length(&file, &self.path)?;
        let _ = file.unlock();
        let lines = Lines::new(file, self.path.clone(), 0, length)?;
        self.after_header(lines).map(Some)
    }

    /// The lines that came after a place, up to this moment; `None` where it isn't the same file any more, so that all
    /// of it has to be read.
    ///
    /// # Errors
    /// Where it can't be read or trusted.
    pub fn read_after(&self, place: &Place) -> Result<Option<Lines>, Error> {
        let Some(file) = open::to_read(&self.path)? else { return Ok(None) };
        self.wait(|| file.try_lock_shared())?;
        let length = open::length(&file, &self.path)?;
        let _ = file.unlock();
        Lines::after(file, self.path.clone(), place, length)
    }

    /// Waits for one's turn, and makes the file where it isn't there.
    ///
    /// # Errors
    /// Where it can't be had: made, read, written, trusted, or locked within half a minute.
    pub fn lock(&self) -> Result<Held, Error> {
        loop {
            let file = open::to_append(&self.path, self.header.as_deref())?;
            self.wait(|| file.try_lock())?;
            // Moved away or deleted while we waited: then there is a new one, or soon will be.
            if open::is_still(&file, &self.path) {
                let held = Held::new(self.clone(), file)?;
                self.after_header(held.lines()?)?;
                return Ok(held);
            }
        }
    }

    fn after_header(&self, mut lines: Lines) -> Result<Lines, Error> {
        let Some(header) = &self.header else { return Ok(lines) };
        let first = lines.next_line()?;
        if first.is_some_and(|line| line.ended && line.bytes == header.as_bytes()) {
            return Ok(lines);
        }
        let shown = leash_files::Paths::display(&self.path);
        Err(Error::failure(
            "broken_journal",
            format!("`{shown}` has lost its beginning, so what it says can't be relied on"),
        )
        .hint(format!(
            "look at it, and restore it from a copy; it must begin with the line `{header}`; `ls -l {}`",
            leash_files::Paths::typed(&self.path)
        )))
    }

    fn wait(&self, mut lock: impl FnMut() -> Result<(), fs::TryLockError>) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            match lock() {
                Ok(()) => return Ok(()),
                Err(fs::TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
                Err(fs::TryLockError::WouldBlock) => {
                    let shown = leash_files::Paths::display(&self.path);
                    return Err(Error::failure("locked", format!("`{shown}` is locked by another process"))
                        .hint(format!(
                            "see who holds it: `fuser {}`",
                            leash_files::Paths::typed(&self.path)
                        )));
                }
                Err(fs::TryLockError::Error(error)) => return Err(Error::io("lock", &self.path, &error)),
            }
        }
    }
}
