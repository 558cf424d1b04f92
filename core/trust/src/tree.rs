//! The digest of a directory with all that lies in it.
//!
//! It covers names, kinds, contents, link texts and the executable bit, in the order of the names' bytes, and
//! nothing else: the same tree unpacked elsewhere, later or by another user has the same digest. Each entry
//! is hashed as `kind, length of the name, name, rest`, so no two trees give the same bytes.

use std::{
    ffi::CStr,
    fs::{File, Metadata},
    io,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Component, Path},
};

use leash_files::Paths;
use leash_output::{Error, Kind};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, readlinkat, statat};
use sha2::{Digest as _, Sha256};

use crate::{
    digest::Digest,
    file::{MAX_BYTES, is_ours},
    suitable,
};

const MAX_DEPTH: usize = 64;
const MAX_ENTRIES: usize = 100_000;

/// The one file of a tree whose bytes were taken already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Its device and inode.
    pub inode: (u64, u64),
    /// The digest of the bytes that were taken.
    pub digest: Digest,
}

/// The digest of a directory with all that lies in it.
///
/// # Errors
/// [`Kind::Refused`] where there is something in it that a digest can't vouch for: a link that leads out, a
/// pipe, socket or device, a file that another user can change or that runs with other rights; else as the
/// file system says.
pub fn digest_tree(path: &Path) -> Result<Digest, Error> {
    Walk::default().run(path)
}

/// The same, with the digest of the bytes that will run in the place of the executable's.
pub(crate) fn digest_tree_with(path: &Path, taken: Taken) -> Result<Digest, Error> {
    let mut walk = Walk { taken: Some(taken), ..Walk::default() };
    let digest = walk.run(path)?;
    if walk.met { Ok(digest) } else { Err(refused(path, "doesn't hold the program that was to be run")) }
}

#[derive(Default)]
struct Walk {
    hash: Sha256,
    entries: usize,
    taken: Option<Taken>,
    met: bool,
}

impl Walk {
    fn run(&mut self, root: &Path) -> Result<Digest, Error> {
        self.hash.update(b"leash tree v1\0");
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory =
            openat(CWD, root, flags, Mode::empty()).map_err(|error| match io::Error::from(error) {
                error if error.kind() == io::ErrorKind::NotFound => Error::io("read", root, &error),
                _ => refused(root, "is not a directory of its own"),
            })?;
        // Whoever can write the directory around it can put another tree into its place.
        if let Some(around) = root.parent() {
            let metadata = std::fs::metadata(around).map_err(|error| Error::io("read", around, &error))?;
            check_writers(around, &metadata)?;
        }
        self.directory(&File::from(directory), root, 0)?;
        Ok(Digest::new(std::mem::take(&mut self.hash).finalize().into()))
    }

    fn directory(&mut self, directory: &File, path: &Path, depth: usize) -> Result<(), Error> {
        let fail = |error: io::Error| Error::io("read", path, &error);
        if depth > MAX_DEPTH {
            return Err(refused(path, "lies too deep"));
        }
        check_writers(path, &directory.metadata().map_err(fail)?)?;
        let mut names = Vec::new();
        for entry in Dir::read_from(directory).map_err(|error| fail(error.into()))? {
            let entry = entry.map_err(|error| fail(error.into()))?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                names.push(entry.file_name().to_owned());
            }
            if names.len() + self.entries > MAX_ENTRIES {
                return Err(refused(path, "holds too much for a plugin"));
            }
        }
        self.entries += names.len();
        names.sort_unstable();
        for name in names {
            let path = path.join(std::ffi::OsStr::from_bytes(name.to_bytes()));
            self.entry(directory, &name, &path, depth)?;
        }
        self.hash.update(b"/");
        Ok(())
    }

    fn entry(&mut self, directory: &File, name: &CStr, path: &Path, depth: usize) -> Result<(), Error> {
        let fail = |error: rustix::io::Errno| Error::io("read", path, &error.into());
        let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => {
                let target = readlinkat(directory, name, Vec::new()).map_err(fail)?;
                if !stays_inside(Path::new(std::ffi::OsStr::from_bytes(target.to_bytes())), depth) {
                    return Err(refused(path, "is a link that may lead out of the plugin's directory"));
                }
                self.text(b'l', name.to_bytes());
                self.text(b'>', target.to_bytes());
            }
            FileType::Directory => {
                let inner =
                    openat(directory, name, flags | OFlags::DIRECTORY, Mode::empty()).map_err(fail)?;
                self.text(b'd', name.to_bytes());
                self.directory(&File::from(inner), path, depth + 1)?;
            }
            FileType::RegularFile => {
                let file = openat(directory, name, flags, Mode::empty()).map_err(fail)?;
                self.file(&File::from(file), name, path)?;
            }
            _ => return Err(refused(path, "is neither a file, a directory nor a link")),
        }
        Ok(())
    }

    fn file(&mut self, file: &File, name: &CStr, path: &Path) -> Result<(), Error> {
        let fail = |error: io::Error| Error::io("read", path, &error);
        let metadata = file.metadata().map_err(fail)?;
        if !metadata.is_file() {
            return Err(refused(path, "changed its kind while it was looked at"));
        }
        if metadata.len() > MAX_BYTES {
            return Err(refused(path, "is larger than 512 MiB"));
        }
        check_writers(path, &metadata)?;
        let executable = metadata.mode() & 0o100 != 0;
        if executable || metadata.mode() & 0o6000 != 0 {
            suitable::check(path, file, &metadata)?;
        }
        let digest = match self.taken {
            Some(taken) if taken.inode == (metadata.dev(), metadata.ino()) => {
                self.met = true;
                taken.digest
            }
            _ => Digest::of_reader(file).map_err(fail)?,
        };
        self.text(if executable { b'x' } else { b'f' }, name.to_bytes());
        self.hash.update(digest.as_bytes());
        Ok(())
    }

    fn text(&mut self, kind: u8, text: &[u8]) {
        self.hash.update([kind]);
        self.hash.update((text.len() as u64).to_be_bytes());
        self.hash.update(text);
    }
}

/// Whether a link, so many real directories below the root, can't lead out of the tree, wherever the other
/// links in the tree lead: `..` may stand in front only, where it is the real parent of a real directory.
fn stays_inside(target: &Path, depth: usize) -> bool {
    let components: Vec<_> = target.components().filter(|part| *part != Component::CurDir).collect();
    let up = components.iter().take_while(|part| **part == Component::ParentDir).count();
    up <= depth && components[up..].iter().all(|part| matches!(part, Component::Normal(_)))
}

/// Programs of a tree are started, and their files read, by their path: nobody else may change them between.
fn check_writers(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if !is_ours(metadata.uid()) {
        return Err(refused(path, &format!("belongs to user {}", metadata.uid())));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(refused(
            path,
            &format!("can be written by other users (mode {:04o})", metadata.mode() & 0o7777),
        ));
    }
    Ok(())
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::new(Kind::Refused, "unfit_tree", format!("`{}` {problem}", Paths::display(path)))
        .hint("install the plugin anew: `leash plugin install`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_stay_inside() {
        for (target, depth, inside) in [
            ("a", 0, true),
            ("a/b", 0, true),
            ("./a", 0, true),
            ("../a", 1, true),
            ("./../a", 1, true),
            ("../../a", 2, true),
            ("..", 1, true),
            ("..", 0, false),
            ("../a", 0, false),
            ("../../a", 1, false),
            ("/a", 5, false),
            // Where `a` is a link itself, its parent may be anywhere.
            ("a/..", 5, false),
            ("../a/../b", 5, false),
        ] {
            assert_eq!(stays_inside(Path::new(target), depth), inside, "{target} {depth}");
        }
    }
}
