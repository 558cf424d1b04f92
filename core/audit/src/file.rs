//! Opening a log, and waiting for one's turn at it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use leash_output::Error;
use rustix::fs::OFlags;

/// Opens a log to add to it, and makes it (0600, in a directory of 0700) where it isn't there.
pub(crate) fn to_append(path: &Path) -> Result<File, Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| Error::io("create", dir, &error))?;
    let metadata = fs::metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
    check(dir, &metadata, 0o022, "700")?;
    let file = options(OpenOptions::new().append(true).create(true).mode(0o600), path)?;
    let metadata = file.metadata().map_err(|error| Error::io("read", path, &error))?;
    if !metadata.is_file() {
        return Err(unsafe_log(path, "is no regular file").hint("move it away"));
    }
    check(path, &metadata, 0o077, "600")?;
    Ok(file)
}

/// Opens a log to read it; none where there is none.
pub(crate) fn to_read(path: &Path) -> Result<Option<File>, Error> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    options(&mut OpenOptions::new(), path).map(Some)
}

/// Tries for the lock until it is there or `again` says that it was tried enough.
pub(crate) fn lock(
    path: &Path,
    mut again: impl FnMut() -> bool,
    mut lock: impl FnMut() -> Result<(), TryLockError>,
) -> Result<(), Error> {
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if again() => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::failure(
                    "audit",
                    format!("`{}` is locked by another process", path.display()),
                )
                .hint(format!("see who holds it: `fuser {}`", path.display())));
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path, &error)),
        }
    }
}

/// Never through a link, and never waiting for the other end of a pipe that somebody put there.
fn options(options: &mut OpenOptions, path: &Path) -> Result<File, Error> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| Error::io("open", path, &error))
}

fn check(path: &Path, metadata: &fs::Metadata, forbidden: u32, mode: &str) -> Result<(), Error> {
    let shown = path.display();
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(unsafe_log(path, "belongs to another user").hint(format!("chown \"$(id -un)\" {shown}")));
    }
    if metadata.mode() & forbidden != 0 {
        return Err(unsafe_log(path, "is open to other users").hint(format!("chmod {mode} {shown}")));
    }
    Ok(())
}

fn unsafe_log(path: &Path, problem: &str) -> Error {
    Error::failure("audit", format!("`{}` {problem}", path.display()))
}
