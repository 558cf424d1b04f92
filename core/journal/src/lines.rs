//! The lines of a journal, one at a time, however long it is and whatever is in it.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Take},
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::PathBuf,
};

use leash_output::Error;

use crate::MAX_LINE;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes, without the newline; cut where no line can be so long.
    pub bytes: Vec<u8>,
    /// Which line it is, from 0.
    pub index: u64,
    /// Where it begins.
    pub offset: u64,
    /// Whether a newline came after it. Without one it is what a write left behind that was cut off.
    pub ended: bool,
}

/// Goes through a journal.
#[derive(Debug)]
pub struct Lines {
    reader: BufReader<Take<File>>,
    path: PathBuf,
    index: u64,
    offset: u64,
}

impl Lines {
    /// Reads up to `length` bytes; what is added later is not looked at.
    pub(crate) fn new(mut file: File, path: PathBuf, from: u64, length: u64) -> Result<Self, Error> {
        file.seek(SeekFrom::Start(from)).map_err(|error| Error::io("read", &path, &error))?;
        let reader = BufReader::with_capacity(64 * 1024, file.take(length.saturating_sub(from)));
        Ok(Self { reader, path, index: 0, offset: from })
    }

    /// The lines of a file that is no journal of ours, such as one that somebody sent.
    #[must_use]
    pub fn of_file(file: File, path: PathBuf) -> Self {
        Self { reader: BufReader::with_capacity(64 * 1024, file.take(u64::MAX)), path, index: 0, offset: 0 }
    }

    /// The next one, if there is one.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn next_line(&mut self) -> Result<Option<Line>, Error> {
        let mut line = Line { bytes: Vec::new(), index: self.index, offset: self.offset, ended: false };
        let mut any = false;
        while !line.ended {
            let bytes = match self.reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io("read", &self.path, &error)),
            };
            if bytes.is_empty() {
                break;
            }
            any = true;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            // One byte more than a line can have is enough to see that it is none.
            let room = (MAX_LINE + 1).saturating_sub(line.bytes.len());
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            line.ended = end.is_some();
            self.reader.consume(used);
            self.offset += used as u64;
        }
        if !any {
            return Ok(None);
        }
        self.index += 1;
        Ok(Some(line))
    }
}

/// Up to where a journal was read. What comes after that can be read by itself, as long as it is the same file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    file: (u64, u64),
    offset: u64,
    index: u64,
    /// The last bytes before it, by which a file that was written anew is told.
    before: Vec<u8>,
}

/// How many bytes are compared.
const BEFORE: u64 = 256;

impl Lines {
    /// The place after the line that was read last.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub fn place(&self) -> Result<Place, Error> {
        let file = self.reader.get_ref().get_ref();
        let fail = |error| Error::io("read", &self.path, &error);
        let metadata = file.metadata().map_err(fail)?;
        let before = before(file, self.offset).map_err(fail)?;
        let file = (metadata.dev(), metadata.ino());
        Ok(Place { file, offset: self.offset, index: self.index, before })
    }

    /// The lines after a place; `None` where that is in another file, or this one was cut or written anew.
    pub(crate) fn after(
        file: File,
        path: PathBuf,
        place: &Place,
        length: u64,
    ) -> Result<Option<Self>, Error> {
        let fail = |error| Error::io("read", &path, &error);
        let metadata = file.metadata().map_err(fail)?;
        if (metadata.dev(), metadata.ino()) != place.file || length < place.offset {
            return Ok(None);
        }
        if before(&file, place.offset).map_err(fail)? != place.before {
            return Ok(None);
        }
        let mut lines = Self::new(file, path, place.offset, length)?;
        lines.index = place.index;
        Ok(Some(lines))
    }
}

fn before(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let length = offset.min(BEFORE);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, offset - length)?;
    Ok(bytes)
}

impl Iterator for Lines {
    type Item = Result<Line, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}
