//! Opening what somebody else put there: only regular files, without waiting on a pipe, and not those that a
//! stranger could have written.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use leash_files::Paths;
use leash_output::{Error, Kind};
use rustix::fs::OFlags;

/// The most bytes of a program: its copy takes as much memory.
pub(crate) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Opens a regular file for reading.
///
/// # Errors
/// [`Kind::Refused`] for whatever can't be hashed, else as the file system says.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata), Error> {
    // Opening a device can do things: it is looked at first, and again once it is open.
    let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
    open_looked_at(path, &metadata, OFlags::NONBLOCK)
}

/// Opens a regular file that nobody else could have written; `None` where there is nothing of that name.
///
/// # Errors
/// As [`open`] and [`check_writers`].
pub(crate) fn open_own(path: &Path) -> Result<Option<(File, Metadata)>, Error> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    if found.is_symlink() {
        let (file, metadata) = open(path)?;
        check_writers(path, &metadata)?;
        return Ok(Some((file, metadata)));
    }
    let (file, metadata) = open_looked_at(path, &found, OFlags::NONBLOCK | OFlags::NOFOLLOW)?;
    check_file(path, &metadata)?;
    check_around(path, path)?;
    Ok(Some((file, metadata)))
}

fn open_looked_at(path: &Path, metadata: &Metadata, flags: OFlags) -> Result<(File, Metadata), Error> {
    if !metadata.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    let file = options.open(path).map_err(|error| failed(path, &error))?;
    let metadata = file.metadata().map_err(|error| failed(path, &error))?;
    if !metadata.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(refused(path, "is larger than 512 MiB"));
    }
    Ok((file, metadata))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied => refused(path, "can't be read by this user"),
        _ => Error::io("read", path, error),
    }
}

/// Reads a file to its end, but for one byte more than `most`.
pub(crate) fn read(mut file: &File, metadata: &Metadata, most: usize) -> io::Result<Vec<u8>> {
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length.min(most) + 1];
    let read = loop {
        match file.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    bytes.truncate(read);
    // Less than was asked for is all that there is; it is as long as it said.
    if read != length {
        file.take((most + 1).saturating_sub(read) as u64).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Whether another user could have written a file, or can put another one into its place: that of its name
/// and, where that is a link, that of the file it leads to. (Writable by the group is taken, as on PATH.)
pub(crate) fn check_writers(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    check_file(path, metadata)?;
    check_around(path, path)?;
    let fail = |error: io::Error| Error::io("read", path, &error);
    // The directory of what is no link is the one that its name names, whatever links lead there.
    if fs::symlink_metadata(path).map_err(fail)?.is_symlink() {
        check_around(path, &fs::canonicalize(path).map_err(fail)?)?;
    }
    Ok(())
}

fn check_file(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    writers(metadata).map_or(Ok(()), |problem| Err(refused(path, &problem)))
}

/// Whether nobody else can put another file into the place of `target`, to which `path` leads.
fn check_around(path: &Path, target: &Path) -> Result<(), Error> {
    let Some(dir) = target.parent() else { return Ok(()) };
    let metadata = fs::metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
    match writers(&metadata) {
        None => Ok(()),
        Some(problem) => Err(refused(path, &format!("lies in `{}`, which {problem}", Paths::display(dir)))),
    }
}

fn writers(metadata: &Metadata) -> Option<String> {
    if !is_ours(metadata.uid()) {
        Some(format!("belongs to user {}", metadata.uid()))
    } else if metadata.mode() & 0o002 != 0 {
        Some("every user can write".to_owned())
    } else {
        None
    }
}

/// Whether a file of that owner's is this user's, or the system's.
pub(crate) fn is_ours(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// A file that gets no grant, and why.
pub(crate) fn refused(path: &Path, problem: &str) -> Error {
    Error::new(Kind::Refused, "unfit_file", format!("`{}` {problem}", Paths::display(path)))
        .hint(format!("look at it: `ls -l {}`", Paths::display(path)))
}
