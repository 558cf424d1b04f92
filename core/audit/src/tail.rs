//! The end of a log: what the next line has to follow.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path};

use leash_output::Error;

use crate::{AuditKey, line};

/// How far back is looked first: a few lines of the usual length, since this is read for each signature.
const NEAREST: u64 = 2048;
/// How far back the last whole line is looked for. It takes many torn writes in a row to fill that.
const FARTHEST: u64 = 1024 * 1024;

/// What the next line follows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The code of the last line that is whole and true.
    pub(crate) code: String,
    /// Whether the log ends in a newline, or is empty.
    pub(crate) ended: bool,
}

/// Reads the end of a log of `length` bytes.
pub(crate) fn read(file: &File, path: &Path, length: u64, key: &AuditKey) -> Result<Tail, Error> {
    let mut reach = NEAREST;
    loop {
        let from = length.saturating_sub(reach);
        let mut bytes = vec![0; usize::try_from(length - from).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut bytes, from).map_err(|error| Error::io("read", path, &error))?;
        let ended = bytes.last().is_none_or(|byte| *byte == b'\n');
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        if from > 0 {
            // It may have begun before that.
            lines.remove(0);
        }
        let whole =
            lines.iter().rev().filter_map(|line| line::Whole::read(line)).find(|whole| whole.is_true(key));
        match whole {
            Some(whole) => return Ok(Tail { code: whole.code.to_owned(), ended }),
            None if from == 0 => return Ok(Tail { code: line::START.to_owned(), ended }),
            None if reach >= FARTHEST => {
                let message = format!("the end of `{}` has no line of a log in it", path.display());
                return Err(Error::failure("audit", message)
                    .hint("`leash audit verify` looks closer; or move it away"));
            }
            None => reach *= 4,
        }
    }
}
