//! Private copies of granted scripts: `copies/DIGEST/leash-NAME` in the trust store.
//!
//! A script can't run from memory as a program can: an interpreter opens it by a path, several resolve that
//! path first, and what leads into memory resolves to nothing. So it runs from a file that nobody has a
//! reason to touch, looked at and hashed anew each time. Whoever can still change it between that and the
//! interpreter's look can as well write a grant, which lies beside it.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use leash_files::atomic;
use leash_output::{Error, Kind};
use rustix::{fs::OFlags, io::Errno};

use crate::{Digest, sealed::Sealed};

const MODE: u32 = 0o500;

/// Makes sure that the store has a copy of these bytes, and returns its path.
///
/// # Errors
/// As the file system says, or where something else keeps taking the copy's place.
pub(crate) fn keep(store: &Path, name: &str, bytes: &Sealed) -> Result<PathBuf, Error> {
    let path = place(store, name, &bytes.digest);
    let fail = |error: io::Error| Error::io("write", &path, &error);
    let dir = path.parent().unwrap_or(store);
    for dir in [dir.parent().unwrap_or(store), dir] {
        private_dir(dir)?;
    }
    if !is_copy(&path, &bytes.digest).map_err(fail)? {
        write(dir, &path, bytes).map_err(fail)?;
        if !is_copy(&path, &bytes.digest).map_err(fail)? {
            return Err(unsafe_copy(&path, "changes while it is written"));
        }
    }
    Ok(path)
}

/// Removes the copy that belonged to a grant. One that was never made is no failure.
pub(crate) fn forget(store: &Path, name: &str, digest: &Digest) -> Result<(), Error> {
    let path = place(store, name, digest);
    match fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("remove", &path, &error)),
    }
    // Stays where another plugin of the same bytes has its copy.
    let _ = path.parent().map(fs::remove_dir);
    Ok(())
}

fn place(store: &Path, name: &str, digest: &Digest) -> PathBuf {
    store.join("copies").join(digest.hex()).join(format!("leash-{name}"))
}

fn private_dir(dir: &Path) -> Result<(), Error> {
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    let metadata = fs::symlink_metadata(dir).map_err(|error| Error::io("read", dir, &error))?;
    if !metadata.is_dir() || !is_own(metadata.uid()) || metadata.mode() & 0o077 != 0 {
        return Err(unsafe_copy(dir, "is not a directory for you alone"));
    }
    Ok(())
}

/// Whether a file is such a copy, whole and as it was written.
fn is_copy(path: &Path, digest: &Digest) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match options.read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        // A link, or a file of another mode: it is replaced.
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::LOOP | Errno::ACCESS)) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let fine = metadata.is_file()
        && is_own(metadata.uid())
        && metadata.mode() & 0o7777 == MODE
        && metadata.nlink() == 1;
    Ok(fine && Digest::of_reader(&file)? == *digest)
}

fn write(dir: &Path, path: &Path, bytes: &Sealed) -> io::Result<()> {
    let mut aside = tempfile::Builder::new().permissions(Permissions::from_mode(0o600)).tempfile_in(dir)?;
    io::copy(&mut bytes.reader(), aside.as_file_mut())?;
    aside.as_file().set_permissions(Permissions::from_mode(MODE))?;
    aside.as_file().sync_all()?;
    let written = aside.persist(path).map_err(|error| error.error)?;
    drop(written);
    File::open(dir)?.sync_all()
}

fn is_own(uid: u32) -> bool {
    uid == rustix::process::geteuid().as_raw()
}

fn unsafe_copy(path: &Path, problem: &str) -> Error {
    let shown = leash_files::Paths::display(path);
    Error::new(Kind::Refused, "unsafe_store", format!("`{shown}` {problem}"))
        .hint(format!("look at it, then remove it: `ls -ld {shown}`"))
}
