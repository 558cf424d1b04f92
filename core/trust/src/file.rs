//! Opening what somebody else put there: only regular files, without waiting on a pipe, and not those that a
//! stranger could have written.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use leash_identity::Paths;
use leash_output::{Error, Kind};
use rustix::fs::OFlags;

/// The most bytes of a program: its copy takes as much memory.
pub(crate) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Opens a regular file for reading.
///
/// # Errors
/// [`Kind::Refused`] for whatever can't be hashed, else as the file system says.
pub(crate) fn open(path: &Path) -> Result<(File, Metadata), Error> {
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => refused(path, "can't be read by this user"),
        _ => Error::io("read", path, &error),
    };
    // Opening a device can do things: it is looked at first, and again once it is open.
    if !fs::metadata(path).map_err(fail)?.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    if !metadata.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(refused(path, "is larger than 512 MiB"));
    }
    Ok((file, metadata))
}

/// Whether another user could have written a file, or can put another one into its place: that of its name
/// and, where that is a link, that of the file it leads to. (Writable by the group is taken, as on PATH.)
pub(crate) fn check_writers(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if let Some(problem) = writers(metadata) {
        return Err(refused(path, &problem));
    }
    let fail = |error: io::Error| Error::io("read", path, &error);
    // The directory of what is no link is the one that its name names, whatever links lead there.
    let is_link = fs::symlink_metadata(path).map_err(fail)?.is_symlink();
    let target = if is_link { Some(fs::canonicalize(path).map_err(fail)?) } else { None };
    for dir in [Some(path), target.as_deref()].into_iter().flatten().filter_map(Path::parent) {
        let metadata = fs::metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
        if let Some(problem) = writers(&metadata) {
            return Err(refused(path, &format!("lies in `{}`, which {problem}", Paths::display(dir))));
        }
    }
    Ok(())
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
