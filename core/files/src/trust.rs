//! Whether a file can be believed, and whether a secret in it is still one.

use std::{
    fs::{self, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use leash_output::{Error, Kind};
use rustix::{fs::OFlags, process::geteuid};
use zeroize::Zeroizing;

use crate::Paths;

/// The most bytes that one of our files may have.
const MAX_BYTES: u64 = 1024 * 1024;

/// The most links that the system follows for one name.
const MAX_LINKS: usize = 40;

/// Who, besides the owner, may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Nothing at all: the file holds a secret.
    Nothing,
    /// Read it: the file decides what leash does.
    Read,
}

/// Reads a file of this user's, after checking its kind, its owner, its mode, and the directory it lies in.
/// `None` where there is no such file.
///
/// # Errors
/// [`Kind::Identity`], naming the file and the fix, where it can't be read or trusted.
pub fn read(path: &Path, others: Others) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let (name, typed) = (Paths::display(path), Paths::typed(path));
    let unreadable = |error: &io::Error| {
        Error::new(Kind::Identity, "unreadable_file", format!("cannot read `{name}`: {error}")).hint(
            match error.kind() {
                io::ErrorKind::NotADirectory => {
                    "set HOME, or the XDG variable that leads there, to a directory that you own".to_owned()
                }
                _ => format!("check who may read it: `ls -l {typed}`"),
            },
        )
    };
    // Not blocking, so that a pipe of that name is refused below and doesn't hang us.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return Ok(None);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(unsafe_file(&name, "is a link to nothing", &format!("rm {typed}")));
        }
        Err(error) => return Err(unreadable(&error)),
    };
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    check_file(path, &metadata, others)?;
    check_directory(path)?;
    // The length is what the file claims: a sparse one may claim more than there is memory.
    let room = metadata.len().min(MAX_BYTES) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or(0)));
    file.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unsafe_file(
            &name,
            "is larger than 1 MiB",
            &format!("look at it: `head -c 300 {typed}`"),
        ));
    }
    Ok(Some(bytes))
}

fn check_file(path: &Path, metadata: &Metadata, others: Others) -> Result<(), Error> {
    let (name, typed) = (Paths::display(path), Paths::typed(path));
    if !metadata.is_file() {
        return Err(unsafe_file(&name, "is not a regular file", &format!("look at it: `ls -ld {typed}`")));
    }
    if !is_ours(metadata.uid()) {
        let problem = format!("belongs to user {}, not to you", metadata.uid());
        let fix = format!("run leash as that user, or make it yours: `chown {} {typed}`", geteuid().as_raw());
        return Err(unsafe_file(&name, &problem, &fix));
    }
    let mode = metadata.mode() & 0o7777;
    let (forbidden, problem) = match others {
        Others::Nothing => (0o077, "is open to other users"),
        Others::Read => (0o022, "can be written by other users"),
    };
    if mode & forbidden != 0 {
        let problem = format!("{problem} (mode {mode:04o})");
        return Err(unsafe_file(&name, &problem, &format!("chmod 600 {typed}")));
    }
    Ok(())
}

/// Whoever can write a directory can put another file in the place of ours: that of the name we were given
/// and, where that is a link, that of every further link on the way, and that of the file at its end. (Links
/// among the directories on the way are followed by the system, in each look at one.)
///
/// # Errors
/// `unsafe_file`, naming the directory and the fix, where somebody else can.
pub fn check_directory(path: &Path) -> Result<(), Error> {
    let shown = Paths::display(path);
    let mut name = path.to_owned();
    for _ in 0..MAX_LINKS {
        check_place(&shown, name.parent().unwrap_or_else(|| Path::new("/")))?;
        match fs::read_link(&name) {
            Ok(target) => name = name.parent().unwrap_or_else(|| Path::new("/")).join(target),
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// Whether nobody else can put a file into a directory. One that isn't there holds nothing to check.
fn check_place(file: &str, dir: &Path) -> Result<(), Error> {
    let Ok(metadata) = fs::metadata(dir) else { return Ok(()) };
    let shown = Paths::display(dir);
    if !is_ours(metadata.uid()) {
        let problem = format!("lies in `{shown}`, which belongs to user {}", metadata.uid());
        return Err(unsafe_file(file, &problem, "move it to a directory of yours"));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 != 0 {
        let problem = format!("lies in `{shown}`, which other users can write (mode {mode:04o})");
        // What is shared on purpose, as `/tmp` is, is to be left as it is.
        let fix = match mode & 0o1000 {
            0 => format!("chmod go-w {}", Paths::typed(dir)),
            _ => "move it to a directory of yours".to_owned(),
        };
        return Err(unsafe_file(file, &problem, &fix));
    }
    Ok(())
}

fn is_ours(uid: u32) -> bool {
    uid == 0 || uid == geteuid().as_raw()
}

fn unsafe_file(name: &str, problem: &str, fix: &str) -> Error {
    Error::new(Kind::Identity, "unsafe_file", format!("`{name}` {problem}")).hint(fix.to_owned())
}
