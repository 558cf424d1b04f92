//! From the walls to what is granted.
//!
//! Landlock knows grants only, and a grant on a directory holds for all below it. So a place is kept back by granting
//! everything around it: along the way from the root directory to each wall, what lies beside the way is granted one by
//! one, and the directories on the way themselves are not. Hence nothing can be created, removed or renamed directly in
//! one of those, and what appears there later is granted to nobody.

use std::{
    ffi::OsStr,
    fs,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::Path,
};

use landlock::{AccessFs, BitFlags};
use leash_output::{Error, Kind};
use rustix::{
    fs::{CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat},
    io::Errno,
};

use super::{
    failed,
    fence::{self, Fence},
    unseen,
    walls::{Mark, Node, Walls},
};
use crate::Spec;

/// What has been settled above a place.
#[derive(Clone, Copy, Default)]
struct Above {
    readable: bool,
    protected: bool,
}

pub(super) fn give(fence: &mut Fence, walls: &Walls, spec: &Spec) -> Result<(), Error> {
    let root = Path::new("/");
    let mut giver = Giver { fence };
    // Names are no secret, and `ls` in a home directory that nobody can list would be a poor one.
    if let Some((file, _)) = open(CWD, root.as_os_str()) {
        giver.grant(file, fence::list(), root)?;
    }
    giver.visit(root, &walls.root, Above::default())?;
    let readable = spec.readable.iter().map(|path| (path, fence::read()));
    let writable = spec.writable.iter().map(|path| (path, fence::read() | fence::write()));
    for (path, access) in readable.chain(writable) {
        giver.except(path, access, walls)?;
    }
    Ok(())
}

struct Giver<'a> {
    fence: &'a mut Fence,
}

impl Giver<'_> {
    fn visit(&mut self, path: &Path, node: &Node, mut above: Above) -> Result<(), Error> {
        if node.mark == Some(Mark::Hidden) {
            return Ok(());
        }
        let Some((file, _)) = open(CWD, path.as_os_str()) else { return Ok(()) };
        if !above.readable && !node.hides() {
            above.readable = true;
            self.grant(file, fence::read(), path)?;
        }
        above.protected |= node.mark == Some(Mark::Protected);
        if node.below.is_empty() || (above.readable && above.protected) {
            return Ok(());
        }
        for (name, below) in &node.below {
            self.visit(&path.join(name), below, above)?;
        }
        let access = match above {
            Above { protected: true, .. } => fence::read(),
            Above { readable: true, .. } => fence::write(),
            Above { .. } => fence::read() | fence::write(),
        };
        self.beside(path, node, access)
    }

    /// Grants what lies in a directory and isn't on the way to a wall.
    fn beside(&mut self, path: &Path, node: &Node, access: BitFlags<AccessFs>) -> Result<(), Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = match openat(CWD, path, flags, Mode::empty()) {
            Ok(directory) => directory,
            // What this user can't list is reached by name only, and none but those on the way are known.
            Err(Errno::ACCESS | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
            Err(error) => return Err(unseen("open", path, error)),
        };
        // By what they are, not by name: a directory may take several spellings for one name.
        let on_the_way: Vec<_> = node
            .below
            .keys()
            .filter_map(|name| open(&directory, name))
            .map(|(_, stat)| identity(&stat))
            .collect();
        let listed = Dir::read_from(&directory).map_err(|error| unseen("list", path, error))?;
        for entry in listed {
            let entry = entry.map_err(|error| unseen("list", path, error))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if let Some((file, stat)) = open(&directory, name)
                && !on_the_way.contains(&identity(&stat))
            {
                self.grant(file, access, path)?;
            }
        }
        Ok(())
    }

    /// Grants an exception, in whatever it lies.
    fn except(&mut self, path: &Path, access: BitFlags<AccessFs>, walls: &Walls) -> Result<(), Error> {
        let real = fs::canonicalize(path).map_err(|error| unseen("except", path, error))?;
        if walls.is_above_one(&real) {
            let message =
                format!("strict can't except `{}`: it holds what is to be kept back", path.display());
            return Err(Error::new(Kind::Refused, "strict_exception", message));
        }
        match open(CWD, real.as_os_str()) {
            Some((file, _)) => self.grant(file, access, &real),
            None => Err(unseen("except", path, Errno::NOENT)),
        }
    }

    fn grant(&mut self, file: OwnedFd, access: BitFlags<AccessFs>, path: &Path) -> Result<(), Error> {
        let stat = fstat(&file).map_err(|error| unseen("look at", path, error))?;
        let access = if is_directory(&stat) { access } else { fence::of_file(access) };
        self.fence.grant(file, access).map_err(|error| failed("landlock", &error))
    }
}

/// A file by name, and what it is, without following a link. `None` where it is one, or can't be looked at, as under a
/// mount whose server is gone: what isn't granted is kept back.
fn open(directory: impl AsFd, name: &OsStr) -> Option<(OwnedFd, Stat)> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(directory, name, flags, Mode::empty()).ok()?;
    let stat = fstat(&file).ok()?;
    (FileType::from_raw_mode(stat.st_mode) != FileType::Symlink).then_some((file, stat))
}

fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}
