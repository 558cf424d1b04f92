//! Whether a zip archive is one entry after the other, then the directory, then its end. The library looks for the
//! directory from the end and is content with anything around and between; so another reader might see another archive.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use super::{bad, broken};
use leash_output::Error;

/// The size of the record at the end, without a comment.
const END: u64 = 22;

/// Checks the end of the file: the record of the end, without a comment, right behind the directory. The records
/// that make an archive a zip64 one would lie between, and there is no need for them in a small archive.
pub(super) fn check_end(file: &mut File, size: u64) -> Result<u64, Error> {
    let mut record = [0; END as usize];
    let at = size.checked_sub(END).ok_or_else(|| bad("it is too short for a zip archive"))?;
    file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut record)).map_err(|error| broken(&error))?;
    let short = |at: usize| u64::from(u16::from_le_bytes([record[at], record[at + 1]]));
    let long =
        |at: usize| u64::from(u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]));
    if record[..4] != *b"PK\x05\x06" || short(20) != 0 {
        return Err(bad("it doesn't end where a zip archive without a comment ends"));
    }
    if short(4) != 0 || short(6) != 0 || short(8) != short(10) {
        return Err(bad("it is a part of several"));
    }
    if long(12) + long(16) != at {
        return Err(bad("something lies between its directory and its end"));
    }
    Ok(short(10))
}

/// Checks that entries follow each other without gaps. Each is given as where its header begins, where its data
/// begins, how much there is, and whether a record with its sizes comes behind.
pub(super) fn check_order(mut entries: Vec<(u64, u64, u64, bool)>, directory: u64) -> Result<(), Error> {
    entries.sort_unstable();
    let ends = entries.iter().skip(1).map(|entry| entry.0).chain([directory]);
    let mut begins = 0;
    for ((header, data, length, described), next) in entries.iter().copied().zip(ends) {
        if header != begins {
            return Err(bad("something lies before its first entry"));
        }
        let end = data.checked_add(length).filter(|end| *end <= next).ok_or_else(|| bad("its entries overlap"))?;
        match next - end {
            0 if !described => {}
            12 | 16 if described => {}
            _ => return Err(bad("something lies between its entries")),
        }
        begins = next;
    }
    if begins == directory { Ok(()) } else { Err(bad("something lies before its directory")) }
}
