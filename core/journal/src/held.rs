//! A journal that nobody else adds to at the moment.

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use leash_files::{Paths, atomic};
use leash_output::Error;

use crate::{Journal, Lines, MAX_LINE, Place, open};

/// A journal under lock, until it is dropped.
#[derive(Debug)]
pub struct Held {
    journal: Journal,
    file: File,
    length: u64,
}

impl Held {
    pub(crate) fn new(journal: Journal, file: File) -> Result<Self, Error> {
        let length = open::length(&file, journal.path())?;
        Ok(Self { journal, file, length })
    }

    fn path(&self) -> &Path {
        self.journal.path()
    }

    /// Its lines, the header included.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn lines(&self) -> Result<Lines, Error> {
        let file = self.file.try_clone().map_err(|error| Error::io("read", self.path(), &error))?;
        Lines::new(file, self.path().to_owned(), 0, self.length)
    }

    /// Its lines after a place; `None` where it isn't the same file any more.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn lines_after(&self, place: &Place) -> Result<Option<Lines>, Error> {
        let file = self.file.try_clone().map_err(|error| Error::io("read", self.path(), &error))?;
        Lines::after(file, self.path().to_owned(), place, self.length)
    }

    /// Its last line that ended, and what comes after it.
    ///
    /// # Errors
    /// Where it can't be read, or has a line that is longer than one can be.
    pub fn end(&self) -> Result<End, Error> {
        let reach = 4 * MAX_LINE as u64;
        let from = self.length.saturating_sub(reach);
        let mut bytes = vec![0; usize::try_from(self.length - from).unwrap_or(usize::MAX)];
        self.file.read_exact_at(&mut bytes, from).map_err(|error| Error::io("read", self.path(), &error))?;
        let Some(newline) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            if from > 0 {
                let shown = Paths::display(self.path());
                return Err(Error::failure(
                    "broken_journal",
                    format!("the end of `{shown}` has no line in it"),
                )
                .hint(format!("look at it: `tail -c 300 {}`", Paths::typed(self.path()))));
            }
            return Ok(End { last: None, whole: 0, torn: self.length });
        };
        let start = bytes[..newline].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole = from + newline as u64 + 1;
        Ok(End { last: Some(bytes[start..newline].to_vec()), whole, torn: self.length - whole })
    }

    /// Adds a line, and returns once it is on the disk.
    ///
    /// # Errors
    /// Where it wasn't written; nothing of it is left then, if that can be helped. Where the journal ends in a torn
    /// line.
    pub fn append(&mut self, line: &str) -> Result<(), Error> {
        if line.len() > MAX_LINE || line.contains('\n') {
            return Err(Error::failure("internal", "this is no line of a journal"));
        }
        let end = self.end()?;
        if end.torn > 0 {
            return Err(self.torn(&end));
        }
        let before = self.length;
        let written =
            self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            let _ = self.file.set_len(before).and_then(|()| self.file.sync_data());
            return Err(Error::io("write", self.path(), &error)
                .hint("nothing was added to it; make room on the disk, then try again"));
        }
        self.length = open::length(&self.file, self.path())?;
        Ok(())
    }

    /// The error that the journal ends in a torn line.
    fn torn(&self, end: &End) -> Error {
        let (shown, typed) = (Paths::display(self.path()), Paths::typed(self.path()));
        Error::failure(
            "torn_journal",
            format!("`{shown}` ends in a line that was cut off while it was written ({} bytes)", end.torn),
        )
        .hint(format!(
            "look at it: `tail -c {} {typed}`; what it says never took effect, so: `truncate -s {} {typed}`",
            end.torn, end.whole
        ))
    }

    /// Sees to it that the journal ends in a whole line. One that lacks its newline and nothing else, as `is_whole` says,
    /// gets it; any other torn end is set aside.
    ///
    /// # Errors
    /// As [`Held::set_aside`].
    pub fn mend(&mut self, is_whole: impl FnOnce(&[u8]) -> bool) -> Result<(), Error> {
        let end = self.end()?;
        if end.torn == 0 {
            return Ok(());
        }
        if !is_whole(&self.rest(&end)?) {
            return self.set_aside().map(drop);
        }
        let written = self.file.write_all(b"\n").and_then(|()| self.file.sync_data());
        written.map_err(|error| Error::io("write", self.path(), &error))?;
        self.length = open::length(&self.file, self.path())?;
        Ok(())
    }

    /// What comes after the last whole line.
    fn rest(&self, end: &End) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; usize::try_from(end.torn).unwrap_or(usize::MAX)];
        let read = self.file.read_exact_at(&mut bytes, end.whole);
        read.map_err(|error| Error::io("read", self.path(), &error))?;
        Ok(bytes)
    }

    /// Moves a torn end out of the journal, into a new file beside it; gives that file's path.
    ///
    /// # Errors
    /// As the file system says; the journal is then as it was.
    pub fn set_aside(&mut self) -> Result<Option<PathBuf>, Error> {
        let end = self.end()?;
        if end.torn == 0 {
            return Ok(None);
        }
        let bytes = self.rest(&end)?;
        let mut aside = self.path().as_os_str().to_owned();
        aside.push(format!(".torn-{}", end.whole));
        let aside = PathBuf::from(aside);
        // Written before it is taken away, and again if it was written once and not taken away.
        atomic::replace(&aside, &bytes).map_err(|error| Error::io("write", &aside, &error))?;
        self.file
            .set_len(end.whole)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| Error::io("write", self.path(), &error))?;
        self.length = end.whole;
        Ok(Some(aside))
    }
}

/// How a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The last line that ended.
    pub last: Option<Vec<u8>>,
    /// How many bytes are whole lines.
    pub whole: u64,
    /// How many bytes come after them.
    pub torn: u64,
}
