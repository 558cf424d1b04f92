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

use crate::archive::names::{Names, What, clean, stays_inside};

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
    let mut walk = Walk { tar: Builder::new(gzip), names: Names::default(), left_out: Vec::new() };
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
