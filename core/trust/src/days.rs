//! How many signatures a plugin got today: `days/NAME` in the trust store.
//!
//! One line of fixed length, written over in place under a lock and made durable before the signature is
//! given: several processes never count past the limit, and a crash costs a signature rather than giving one
//! away. It outlasts the grant, so that trusting anew doesn't begin anew.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use jiff::civil::Date;
use leash_output::{Error, Kind};
use rustix::fs::{FlockOperation, OFlags};

/// `2026-01-31 0000000042` and the end of the line.
const LENGTH: usize = 22;

/// Counts one more signature, if that stays within the limit. Says how many there were then.
pub(crate) fn take(path: &Path, today: Date, limit: u32) -> Result<Option<u32>, Error> {
    let fail = |error: io::Error| Error::io("write", path, &error);
    let file = open(path, true).map_err(fail)?.ok_or_else(|| fail(io::ErrorKind::NotFound.into()))?;
    lock(&file, FlockOperation::LockExclusive).map_err(fail)?;
    let (day, count) = read(path, &file, today)?;
    let Some(count) = count.checked_add(1).filter(|count| *count <= limit) else { return Ok(None) };
    file.write_all_at(format!("{day} {count:010}\n").as_bytes(), 0).map_err(fail)?;
    file.sync_data().map_err(fail)?;
    Ok(Some(count))
}

/// How many were counted.
pub(crate) fn count(path: &Path, today: Date) -> Result<u32, Error> {
    let fail = |error: io::Error| Error::io("read", path, &error);
    let Some(file) = open(path, false).map_err(fail)? else { return Ok(0) };
    lock(&file, FlockOperation::LockShared).map_err(fail)?;
    read(path, &file, today).map(|(_, count)| count)
}

/// The day that is counted and its count. A day to come is kept: setting the clock back gives nothing.
fn read(path: &Path, file: &File, today: Date) -> Result<(Date, u32), Error> {
    let mut text = String::new();
    let read = file.take(LENGTH as u64 + 1).read_to_string(&mut text);
    let is_ours = file.metadata().is_ok_and(|metadata| {
        let mode = metadata.mode() & 0o077;
        metadata.is_file() && mode == 0 && crate::file::is_ours(metadata.uid())
    });
    if read.is_ok() && is_ours && text.is_empty() {
        return Ok((today, 0));
    }
    let counted = (read.is_ok() && is_ours && text.len() == LENGTH).then(|| {
        let (day, count) = text.strip_suffix('\n')?.split_once(' ')?;
        Some((day.parse::<Date>().ok()?, count.parse::<u32>().ok()?))
    });
    match counted.flatten() {
        Some((day, _)) if day < today => Ok((today, 0)),
        Some(counted) => Ok(counted),
        None => {
            let shown = leash_files::Paths::display(path);
            Err(Error::new(Kind::Refused, "broken_count", format!("`{shown}` is no count of signatures"))
                .hint(format!("look at it; today's count begins anew after `rm {shown}`")))
        }
    }
}

fn open(path: &Path, create: bool) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.read(true).write(create).create(create).mode(0o600).custom_flags(flags.bits().cast_signed());
    match options.open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if !create && error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn lock(file: &File, operation: FlockOperation) -> io::Result<()> {
    Ok(rustix::io::retry_on_intr(|| rustix::fs::flock(file, operation))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn counts_to_the_limit_and_begins_anew_the_next_day() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("foo");
        let (monday, tuesday) = (day("2026-03-02"), day("2026-03-03"));
        assert_eq!(count(&path, monday).expect("no file"), 0);
        assert_eq!(take(&path, monday, 2).expect("first"), Some(1));
        assert_eq!(take(&path, monday, 2).expect("second"), Some(2));
        assert_eq!(take(&path, monday, 2).expect("third"), None);
        assert_eq!(count(&path, monday).expect("a count"), 2);
        assert_eq!(take(&path, tuesday, 2).expect("the next day"), Some(1));
        // The clock set back.
        assert_eq!(take(&path, monday, 2).expect("still the next day"), Some(2));
        assert_eq!(take(&path, monday, 2).expect("still the next day"), None);
        assert_eq!(take(&path, tuesday, 2).expect("still the next day"), None);
        assert_eq!(take(&dir.path().join("none"), monday, 0).expect("a limit of none"), None);
    }

    #[test]
    fn garbage_is_no_count() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("foo");
        let today = day("2026-03-02");
        for text in
            ["x", "2026-03-02 0000000001", "2026-03-02 000000000x\n", "2026-03-02 0000000001\n\n", "\n"]
        {
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("mode");
            let error = take(&path, today, 100).expect_err(text);
            assert_eq!(error.kind(), Kind::Refused);
            assert!(error.message().contains("foo"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("a file"), text);
        }
    }
}
