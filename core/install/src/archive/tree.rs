//! What an archive is unpacked to: a directory that was empty, in which nothing is ever followed or overwritten.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Read, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, symlink},
    path::Path,
};

use leash_output::Error;

use super::{
    MAX_ENTRIES, bad, broken,
    names::{Names, What, clean, stays_inside},
};

pub(super) struct Tree<'a> {
    root: &'a Path,
    names: Names,
    entries: usize,
    /// How many bytes more may be written.
    left: u64,
    /// Made last, so that nothing is written through one.
    links: Vec<(String, String)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: &'a Path, most: u64) -> Self {
        Self { root, names: Names::default(), entries: 0, left: most, links: Vec::new() }
    }

    /// A directory.
    pub(super) fn directory(&mut self, raw: &[u8]) -> Result<(), Error> {
        let name = self.take(raw, What::Directory)?;
        self.make(&name)
    }

    /// A file of exactly so many bytes. Of its mode, the executable bit is kept.
    pub(super) fn file(&mut self, raw: &[u8], mode: u32, size: u64, from: impl Read) -> Result<(), Error> {
        let name = self.take(raw, What::File)?;
        if raw.ends_with(b"/") || name.is_empty() {
            return Err(bad(format!("the entry `{name}` is a file with the name of a directory")));
        }
        if mode & 0o6000 != 0 {
            return Err(bad(format!("the entry `{name}` is set-user-id or set-group-id")));
        }
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            bad(format!("with the entry `{name}` it unpacks to more than a plugin of its size may"))
        })?;
        if let Some((parent, _)) = name.rsplit_once('/') {
            self.make(parent)?;
        }
        self.write(&name, mode & 0o111 != 0, size, from)
    }

    /// A link. It may lead to what lies in the archive, and nowhere else.
    pub(super) fn link(&mut self, raw: &[u8], target: &[u8]) -> Result<(), Error> {
        let name = self.take(raw, What::Link)?;
        let Some(target) = stays_inside(&name, target) else {
            return Err(bad(format!(
                "the link `{name}` leads, or may lead, out of it: to `{}`",
                String::from_utf8_lossy(target)
            )));
        };
        self.links.push((name, target));
        Ok(())
    }

    /// Makes the links, and all of it durable.
    pub(super) fn finish(self) -> Result<(), Error> {
        for (name, target) in self.links {
            let path = self.root.join(&name);
            if let Some((parent, _)) = name.rsplit_once('/') {
                make(self.root, parent)?;
            }
            symlink(target, &path).map_err(|error| Error::io("create", &path, &error))?;
        }
        sync(self.root)
    }

    fn take(&mut self, raw: &[u8], what: What) -> Result<String, Error> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(bad(format!("it holds more than {MAX_ENTRIES} entries")));
        }
        let name = clean(raw).map_err(bad)?;
        if name.is_empty() && what == What::Link {
            return Err(bad("its root is a link"));
        }
        self.names.add(&name, what).map_err(bad)?;
        Ok(name)
    }

    fn make(&self, name: &str) -> Result<(), Error> {
        if name.is_empty() { Ok(()) } else { make(self.root, name) }
    }

    fn write(&self, name: &str, executable: bool, size: u64, mut from: impl Read) -> Result<(), Error> {
        let path = self.root.join(name);
        let fail = |error: io::Error| Error::io("write", &path, &error);
        let mode = if executable { 0o700 } else { 0o600 };
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(mode).open(&path).map_err(fail)?;
        let mut buffer = vec![0; 64 * 1024];
        let mut written = 0_u64;
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(&error)),
            };
            written += read as u64;
            if written > size {
                return Err(bad(format!("the entry `{name}` is larger than it says")));
            }
            file.write_all(&buffer[..read]).map_err(fail)?;
        }
        if written < size {
            return Err(bad(format!("it ends in the middle of the entry `{name}`")));
        }
        Ok(())
    }
}

fn make(root: &Path, name: &str) -> Result<(), Error> {
    let path = root.join(name);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .map_err(|error| Error::io("create", &path, &error))
}

/// Makes a directory with all that lies in it durable. Last, and not while it is written: what is refused need not be,
/// and one after the other is slow.
fn sync(dir: &Path) -> Result<(), Error> {
    let fail = |error: io::Error| Error::io("write", dir, &error);
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            sync(&entry.path())?;
        } else if kind.is_file() {
            File::open(entry.path()).and_then(|file| file.sync_all()).map_err(fail)?;
        }
    }
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(fail)
}
