//! Unpacking an archive that a stranger made, into a directory in which nothing else is.
//!
//! Nothing of what the libraries offer for unpacking is used: they read headers and inflate, and each name, kind,
//! size and mode is looked at here before anything is written.

mod gz_tar;
mod layout;
pub(crate) mod names;
mod pax;
mod tree;
mod zipped;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use leash_output::{Error, Kind};

use tree::Tree;

/// The largest archive.
pub const MAX_ARCHIVE: u64 = 128 << 20;
/// The most that one unpacks to.
pub(crate) const MAX_UNPACKED: u64 = 512 << 20;
/// However small an archive is, it may unpack to this.
const FREE_UNPACKED: u64 = 16 << 20;
/// How many bytes each byte of a larger one may unpack to. Programs come to five or so, and the most that deflate can
/// say is a thousand.
const MAX_RATIO: u64 = 100;
/// The most entries.
pub(crate) const MAX_ENTRIES: usize = 10_000;

/// Unpacks a `.tar.gz` or a `.zip`, told apart by their first bytes, into an empty directory of this user's.
///
/// # Errors
/// [`Kind::Refused`] for an archive that is broken or does what no plugin's needs to; else as the file system
/// says. What was unpacked until then is left for the caller to remove.
pub fn unpack(archive: &Path, into: &Path) -> Result<(), Error> {
    let fail = |error: io::Error| Error::io("read", archive, &error);
    let mut file = File::open(archive).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    if size > MAX_ARCHIVE {
        return Err(bad("it is larger than 128 MiB"));
    }
    let mut magic = [0; 4];
    let read = file.read(&mut magic).map_err(fail)?;
    io::Seek::rewind(&mut file).map_err(fail)?;
    let most = size.saturating_mul(MAX_RATIO).clamp(FREE_UNPACKED, MAX_UNPACKED);
    let mut tree = Tree::new(into, most);
    match &magic[..read] {
        [0x1f, 0x8b, ..] => gz_tar::read(file, most, &mut tree)?,
        [b'P', b'K', 3, 4] => zipped::read(file, size, &mut tree)?,
        _ => return Err(bad("it is neither a `.tar.gz` nor a `.zip`")),
    }
    tree.finish()
}

/// A refusal. What is quoted in it is escaped by whoever shows it.
fn bad(what: impl AsRef<str>) -> Error {
    Error::new(Kind::Refused, "bad_archive", format!("the archive is refused: {}", what.as_ref()))
        .hint("`leash plugin pack DIR` makes archives that are taken; get the plugin from where its author publishes it")
}

/// A stream that doesn't read as what it should be.
fn broken(error: &io::Error) -> Error {
    bad(format!("it can't be read to its end: {error}"))
}

/// Lets so many bytes through, and then fails.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unpacks to more than a plugin of its size may"))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
