//! Whether a zip archive is one entry after the other, then the directory, then its end. The library looks for the
//! directory from the end and is content with anything around and between; so another reader might see another archive.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
};

use super::{MAX_ENTRIES, bad, broken};
use leash_output::Error;

/// The size of the record at the end, without a comment.
const END: u64 = 22;
/// The sizes of an entry's record in the directory and before its data, without what they say is behind.
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
/// The largest directory: as many entries as may be, with the longest names.
const MAX_DIRECTORY: u64 = 16 << 20;
/// An extra field that makes an entry a zip64 one, and one that gives it another name. A small archive needs neither.
const REFUSED_FIELDS: [u16; 2] = [0x0001, 0x7075];

/// Checks the end of the file, and that the directory fills what lies between the entries and that end: where the
/// records would be that make an archive a zip64 one. Says how many entries there are.
pub(super) fn check(file: &mut File, size: u64) -> Result<usize, Error> {
    let at = size.checked_sub(END).ok_or_else(|| bad("it is too short for a zip archive"))?;
    let record = read(file, at, 22)?;
    if record[..4] != *b"PK\x05\x06" || short(&record, 20) != 0 {
        return Err(bad("it doesn't end where a zip archive without a comment ends"));
    }
    if short(&record, 4) != 0 || short(&record, 6) != 0 || short(&record, 8) != short(&record, 10) {
        return Err(bad("it is a part of several"));
    }
    let (length, begin) = (long(&record, 12), long(&record, 16));
    if length + begin != at || length > MAX_DIRECTORY {
        return Err(bad("something lies between its directory and its end"));
    }
    let count = short(&record, 10);
    if count > MAX_ENTRIES {
        return Err(bad(format!("it holds more than {MAX_ENTRIES} entries")));
    }
    let directory = read(file, begin, usize::try_from(length).unwrap_or(usize::MAX))?;
    let mut rest = directory.as_slice();
    for _ in 0..count {
        let cut = || bad("its directory is cut short");
        let (head, behind) = rest.split_at_checked(CENTRAL).ok_or_else(cut)?;
        if head[..4] != *b"PK\x01\x02" {
            return Err(bad("its directory doesn't hold what its end says"));
        }
        let (_, behind) = behind.split_at_checked(short(head, 28)).ok_or_else(cut)?;
        let (extra, behind) = behind.split_at_checked(short(head, 30)).ok_or_else(cut)?;
        rest = behind.get(short(head, 32)..).ok_or_else(cut)?;
        check_fields(extra)?;
        let header = long(head, 42);
        let local = read(file, header, LOCAL)?;
        check_fields(&read(file, header + (LOCAL + short(&local, 26)) as u64, short(&local, 28))?)?;
    }
    if rest.is_empty() { Ok(count) } else { Err(bad("something lies between its directory and its end")) }
}

fn read(file: &mut File, at: u64, length: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(at))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| broken(&error))?;
    Ok(bytes)
}

fn short(record: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([record[at], record[at + 1]]))
}

fn long(record: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]))
}

fn check_fields(mut extra: &[u8]) -> Result<(), Error> {
    while !extra.is_empty() {
        let wrong = || bad("an entry of it has a malformed extra field");
        let (head, rest) = extra.split_at_checked(4).ok_or_else(wrong)?;
        if REFUSED_FIELDS.contains(&u16::from_le_bytes([head[0], head[1]])) {
            return Err(bad("an entry of it has a zip64 or a second-name field"));
        }
        extra = rest.get(short(head, 2)..).ok_or_else(wrong)?;
    }
    Ok(())
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
        let end =
            data.checked_add(length).filter(|end| *end <= next).ok_or_else(|| bad("its entries overlap"))?;
        match next - end {
            0 if !described => {}
            12 | 16 if described => {}
            _ => return Err(bad("something lies between its entries")),
        }
        begins = next;
    }
    if begins == directory { Ok(()) } else { Err(bad("something lies before its directory")) }
}
