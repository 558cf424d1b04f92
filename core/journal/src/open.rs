//! Opening a journal, if it can be trusted.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use leash_files::{Paths, atomic};
use leash_output::{Error, Kind};
use rustix::fs::OFlags;

/// Opens a journal to add to it, and makes it where it isn't there.
pub(crate) fn to_append(path: &Path, header: Option<&str>) -> Result<File, Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    let metadata = fs::metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
    check(dir, &metadata, 0o022, "700")?;
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let first = header.map(|header| format!("{header}\n")).unwrap_or_default();
        match atomic::write_new(path, first.as_bytes()) {
            Ok(()) => {}
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", path, &error)),
        }
    }
    open(OpenOptions::new().append(true), path)
}

/// Opens a journal to read it; none where there is none.
pub(crate) fn to_read(path: &Path) -> Result<Option<File>, Error> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    let metadata = fs::metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
    check(dir, &metadata, 0o022, "700")?;
    open(&mut OpenOptions::new(), path).map(Some)
}

/// Never through a link, and never waiting for the other end of a pipe that somebody put there.
fn open(options: &mut OpenOptions, path: &Path) -> Result<File, Error> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = options
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| Error::io("open", path, &error))?;
    let metadata = file.metadata().map_err(|error| Error::io("read", path, &error))?;
    if !metadata.is_file() {
        return Err(untrusted(path, "is no regular file").hint("move it away"));
    }
    check(path, &metadata, 0o077, "600")?;
    Ok(file)
}

/// Whether the file that was opened is the one of that name now.
pub(crate) fn is_still(file: &File, path: &Path) -> bool {
    let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(opened), Ok(now)) => id(opened) == id(now),
        _ => false,
    }
}

/// How long it is.
pub(crate) fn length(file: &File, path: &Path) -> Result<u64, Error> {
    file.metadata().map(|metadata| metadata.len()).map_err(|error| Error::io("read", path, &error))
}

fn check(path: &Path, metadata: &Metadata, forbidden: u32, mode: &str) -> Result<(), Error> {
    let typed = Paths::typed(path);
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(untrusted(path, "belongs to another user").hint(format!("chown \"$(id -un)\" {typed}")));
    }
    if metadata.mode() & forbidden != 0 {
        return Err(untrusted(path, "is open to other users").hint(format!("chmod {mode} {typed}")));
    }
    Ok(())
}

fn untrusted(path: &Path, problem: &str) -> Error {
    Error::new(Kind::Identity, "unsafe_file", format!("`{}` {problem}", Paths::display(path)))
}
