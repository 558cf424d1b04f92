//! Going through a log from its beginning, a line at a time, however long the log is and whatever is in it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read as _, Take},
    path::PathBuf,
};

use leash_output::Error;

use crate::{Entry, MAX_LINE, line};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which line it is, from 1.
    pub number: u64,
    /// What it says; none where it is the rest of a write that was cut off, or nothing that a log writes.
    pub entry: Option<Entry>,
}

/// The lines of a log, as they are; nothing is verified.
pub struct Lines {
    raw: Raw,
}

impl Lines {
    pub(crate) const fn new(raw: Raw) -> Self {
        Self { raw }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.raw.next() {
            Ok(true) => {
                let whole = line::Whole::read(&self.raw.line).is_some();
                let entry = whole.then(|| serde_json::from_slice(&self.raw.line).ok()).flatten();
                Some(Ok(Line { number: self.raw.number, entry }))
            }
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Lines as bytes.
pub(crate) struct Raw {
    reader: Option<BufReader<Take<File>>>,
    path: PathBuf,
    /// The line's bytes, without the newline; cut where no line can be so long.
    pub(crate) line: Vec<u8>,
    /// Which line it is, from 1.
    pub(crate) number: u64,
    /// Whether a newline came after it.
    pub(crate) ended: bool,
}

impl Raw {
    /// Reads the first `length` bytes; what is added later is not looked at.
    pub(crate) fn new(file: Option<File>, path: PathBuf, length: u64) -> Self {
        let reader = file.map(|file| BufReader::with_capacity(64 * 1024, file.take(length)));
        Self { reader, path, line: Vec::new(), number: 0, ended: true }
    }

    /// Goes on to the next line, if there is one.
    pub(crate) fn next(&mut self) -> Result<bool, Error> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        self.line.clear();
        let mut any = false;
        self.ended = false;
        while !self.ended {
            let bytes = match reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.reader = None;
                    return Err(Error::io("read", &self.path, &error));
                }
            };
            if bytes.is_empty() {
                break;
            }
            any = true;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            // One byte more than a line can have is enough to see that it is none.
            let room = (MAX_LINE + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.ended = end.is_some();
            reader.consume(used);
        }
        self.number += u64::from(any);
        Ok(any)
    }
}
