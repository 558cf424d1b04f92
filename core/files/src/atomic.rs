//! Files that are whole or not there: written aside, made durable, then put in place in one step.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, RenameFlags};

use crate::random_id;

/// Makes a directory, and those above it that are missing, for this user alone (0700).
///
/// # Errors
/// As the file system says.
pub fn create_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file (0600) that isn't there yet. Whoever comes second fails, and nothing is overwritten.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where there is something of that name, else as the file system says.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, no_replace)
}

fn no_replace(aside: &Path, path: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, aside, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Not every file system can rename without replacing; a link never replaces.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            fs::hard_link(aside, path)?;
            fs::remove_file(aside)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a file, in the place of what was there and with its mode, or else 0600. A link is followed, so that it
/// stays a link.
///
/// # Errors
/// As the file system says; the old content is then still there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    put(&target, bytes, |aside, path| {
        if let Ok(there) = fs::metadata(path) {
            fs::set_permissions(aside, there.permissions())?;
        }
        fs::rename(aside, path)
    })
}

/// A file that is opened aside before anybody knows what will stand in it, so that what can fail fails early. It goes
/// again unless it is put in place.
#[derive(Debug)]
pub struct Aside {
    path: PathBuf,
    aside: PathBuf,
    file: File,
}

impl Aside {
    /// Opens a file aside for `path`, at which nothing may be yet.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where there is something of that name, else as the file system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (aside, file) = open_aside(path, dir_of(path))?;
        Ok(Self { path: path.to_owned(), aside, file })
    }

    /// Fills it and puts it in place, in one step.
    ///
    /// # Errors
    /// As [`write_new`].
    pub fn put(mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()?;
        no_replace(&self.aside, &self.path)?;
        File::open(dir_of(&self.path))?.sync_all()
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.aside);
    }
}

/// Removes what was written aside for `path` by processes that were killed. None may be writing it just now.
///
/// # Errors
/// As the file system says.
pub fn remove_unfinished(path: &Path) -> io::Result<()> {
    let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let aside = entry.file_name().to_str().is_some_and(|aside| is_aside(aside, name));
        if aside
            && let Err(error) = fs::remove_file(entry.path())
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
    }
    Ok(())
}

fn is_aside(aside: &str, name: &str) -> bool {
    let random = aside
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(name))
        .and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".tmp"));
    random.is_some_and(|random| random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn put(path: &Path, bytes: &[u8], place: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    let dir = dir_of(path);
    let (aside, mut file) = open_aside(path, dir)?;
    let result =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| place(&aside, path)).and_then(
            |()| {
                // The new name is durable only once its directory is.
                File::open(dir)?.sync_all()
            },
        );
    if result.is_err() {
        let _ = fs::remove_file(&aside);
    }
    result
}

fn dir_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

fn open_aside(path: &Path, dir: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let aside = dir.join(format!(".{name}.{}.tmp", random_id::<8>()?));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    Ok((aside, file))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]
mod tests {
    use super::*;

    #[test]
    fn a_file_aside_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("answer");
        let files = || fs::read_dir(dir.path()).unwrap().count();
        drop(Aside::open(&path).unwrap());
        assert_eq!(files(), 0);
        let (first, second) = (Aside::open(&path).unwrap(), Aside::open(&path).unwrap());
        first.put(b"first").unwrap();
        // Whoever comes second overwrites nothing.
        assert_eq!(second.put(b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(Aside::open(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).unwrap(), files()), (b"first".to_vec(), 1));
    }
}
