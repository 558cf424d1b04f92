//! Packing a plugin's directory, so that the same directory always gives the same bytes.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::Path,
};

use flate2::{Compression, GzBuilder};
use leash_output::{Error, Kind};
use tar::{Builder, EntryType, Header};

use crate::archive::{
    MAX_ENTRIES, MAX_UNPACKED,
    names::{Names, What, clean, stays_inside},
};

/// What is in many directories and in no plugin.
const LEFT_OUT: [&str; 7] = [".git", ".gitignore", ".hg", ".jj", ".svn", ".DS_Store", "__pycache__"];
/// The longest text of a link that fits the archive's own field.
const MAX_TARGET: usize = 100;

/// Packs a directory as `.tar.gz`: sorted, owned by nobody, of no time. Says what was left out.
///
/// # Errors
/// [`Kind::Refused`] for what no archive of a plugin may hold, else as the file system says.
pub fn pack(dir: &Path, into: File) -> Result<Vec<String>, Error> {
    let fail = |error: io::Error| Error::failure("io", format!("cannot pack `{}`: {error}", dir.display()));
    // 255: the system on which it was packed is not said.
    let gzip =
        GzBuilder::new().mtime(0).operating_system(255).write(io::BufWriter::new(into), Compression::best());
    let mut walk =
        Walk { tar: Builder::new(gzip), names: Names::default(), left_out: Vec::new(), entries: 0, bytes: 0 };
    walk.directory(dir, "")?;
    let gzip = walk.tar.into_inner().map_err(fail)?;
    let mut buffered = gzip.finish().map_err(fail)?;
    buffered.flush().map_err(fail)?;
    buffered.get_ref().sync_all().map_err(fail)?;
    Ok(walk.left_out)
}

struct Walk<W: Write> {
    tar: Builder<W>,
    names: Names,
    left_out: Vec<String>,
    entries: usize,
    bytes: u64,
}

impl<W: Write> Walk<W> {
    fn directory(&mut self, dir: &Path, below: &str) -> Result<(), Error> {
        let fail = |error: io::Error| Error::io("read", dir, &error);
        let mut entries =
            fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(fail)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let mut raw = below.as_bytes().to_vec();
            raw.extend_from_slice(entry.file_name().as_bytes());
            if LEFT_OUT.iter().any(|left_out| entry.file_name() == *left_out) {
                self.left_out.push(String::from_utf8_lossy(&raw).into_owned());
                continue;
            }
            let name = clean(&raw).map_err(|what| refused(dir, &what))?;
            self.entry(&entry.path(), &name)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &str) -> Result<(), Error> {
        let fail = |error: io::Error| Error::io("pack", path, &error);
        let metadata = fs::symlink_metadata(path).map_err(fail)?;
        let kind = metadata.file_type();
        self.entries += 1;
        self.bytes += if kind.is_file() { metadata.len() } else { 0 };
        if self.entries > MAX_ENTRIES || self.bytes > MAX_UNPACKED {
            return Err(refused(path, "is more than a plugin may hold: 10,000 entries, 512 MiB"));
        }
        let mut add = |what| self.names.add(name, what).map_err(|what| refused(path, &what));
        if kind.is_dir() {
            add(What::Directory)?;
            let mut header = header(EntryType::Directory, 0o755, 0);
            self.tar.append_data(&mut header, format!("{name}/"), io::empty()).map_err(fail)?;
            return self.directory(path, &format!("{name}/"));
        }
        if kind.is_symlink() {
            add(What::Link)?;
            let target = fs::read_link(path).map_err(fail)?;
            let inside = stays_inside(name, target.as_os_str().as_bytes());
            let Some(target) = inside.filter(|target| target.len() <= MAX_TARGET) else {
                return Err(refused(path, "is a link that may lead out of the plugin's directory"));
            };
            let mut header = header(EntryType::Symlink, 0o777, 0);
            return self.tar.append_link(&mut header, name, target).map_err(fail);
        }
        if !kind.is_file() {
            return Err(refused(path, "is neither a file, a directory nor a link"));
        }
        if metadata.mode() & 0o6000 != 0 {
            return Err(refused(path, "is set-user-id or set-group-id"));
        }
        add(What::File)?;
        let mode = if metadata.mode() & 0o111 == 0 { 0o644 } else { 0o755 };
        let mut header = header(EntryType::Regular, mode, metadata.len());
        let file = File::open(path).map_err(fail)?;
        // Just as much as the header says, should it grow meanwhile; should it shrink, this is found when it is looked
        // at, for the archive then makes no sense.
        self.tar.append_data(&mut header, name, io::Read::take(file, metadata.len())).map_err(fail)
    }
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn refused(path: &Path, what: &str) -> Error {
    Error::new(Kind::Refused, "unfit_directory", format!("`{}` can't be packed: {what}", path.display()))
        .hint("put what the plugin needs into a directory of its own, and nothing else")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use leash_trust::digest_tree;
    use proptest::prelude::*;

    use super::*;
    use crate::unpack;

    /// Packs a directory and unpacks it again: both trees have the same digest. Gives the archive.
    fn there_and_back(dir: &Path) -> Vec<u8> {
        let world = tempfile::tempdir().unwrap();
        let (archive, into) = (world.path().join("archive"), world.path().join("into"));
        fs::create_dir(&into).unwrap();
        pack(dir, File::create_new(&archive).unwrap()).unwrap();
        unpack(&archive, &into).unwrap();
        assert_eq!(digest_tree(&into).unwrap(), digest_tree(dir).unwrap());
        fs::read(&archive).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn what_is_packed_is_what_is_unpacked(
            files in proptest::collection::btree_map("[a-c]{1,2}(/[d-f]{1,60}){0,4}", (any::<bool>(), 0_usize..2000), 0..12)
        ) {
            let world = tempfile::tempdir().unwrap();
            let dir = world.path().join("dir");
            fs::create_dir(&dir).unwrap();
            for (name, (executable, size)) in &files {
                let path = dir.join(name);
                // A name that another one lies below is a directory.
                if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.exists() {
                    fs::write(&path, name.repeat(*size)).unwrap();
                    let mode = if *executable { 0o755 } else { 0o644 };
                    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                }
            }
            symlink("nowhere", dir.join("link")).unwrap();
            prop_assert_eq!(there_and_back(&dir), there_and_back(&dir));
        }
    }

    #[test]
    fn what_is_refused_there_is_not_packed_here() {
        let refuses = |make: &dyn Fn(&Path)| {
            let world = tempfile::tempdir().unwrap();
            let dir = world.path().join("dir");
            fs::create_dir(&dir).unwrap();
            make(&dir);
            let error = pack(&dir, tempfile::tempfile().unwrap()).unwrap_err();
            assert_eq!((error.kind(), error.code()), (Kind::Refused, "unfit_directory"), "{error}");
        };
        refuses(&|dir| fs::write(dir.join("\u{e9}"), "").unwrap());
        refuses(&|dir| fs::write(dir.join("a\nb"), "").unwrap());
        refuses(&|dir| fs::write(dir.join("a"), "").and_then(|()| fs::write(dir.join("A"), "")).unwrap());
        refuses(&|dir| symlink("/etc", dir.join("l")).unwrap());
        refuses(&|dir| symlink("..", dir.join("l")).unwrap());
        refuses(&|dir| drop(std::os::unix::net::UnixListener::bind(dir.join("s")).unwrap()));
        refuses(&|dir| {
            fs::write(dir.join("a"), "").unwrap();
            fs::set_permissions(dir.join("a"), fs::Permissions::from_mode(0o4755)).unwrap();
        });
        // A sparse file that says more than it holds.
        refuses(&|dir| File::create_new(dir.join("a")).unwrap().set_len(600 << 20).unwrap());
    }
}
