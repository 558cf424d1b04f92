//! Getting bytes from a place. This crate speaks no HTTP: whoever uses it brings a [`Fetch`].

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use leash_output::{Code, Error, Kind};
use rustix::fs::OFlags;
use url::Url;

use crate::Place;

/// How far a redirect may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// Within scheme, host and port: for what is believed because of where it lies.
    SameOrigin,
    /// To any https address: for what is believed because of what it holds.
    Https,
}

/// What is to be got from a URL.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The most bytes.
    pub limit: u64,
    /// How far a redirect may lead.
    pub redirects: Redirects,
}

/// Makes GET requests.
pub trait Fetch {
    /// Gets what lies at a URL, and writes it. `false` where the server says that there is nothing.
    ///
    /// # Errors
    /// Where it can't be got, or is larger than the limit.
    fn fetch(&self, url: &Url, wish: Wish, into: &mut dyn Write) -> Result<bool, Error>;
}

/// Copies an archive into a file that is made for it.
pub(crate) fn to_file(fetch: &dyn Fetch, from: &Place, limit: u64, into: &Path) -> Result<(), Error> {
    let fail = |error: io::Error| Error::io("write", into, &error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(into).map_err(fail)?;
    let mut noting = Noting { into: file, failed: None };
    let copied = copy(fetch, from, Wish { limit, redirects: Redirects::Https }, &mut noting);
    match noting.failed {
        Some(error) => Err(fail(error)),
        None if !copied? => Err(missing(from)),
        None => Ok(()),
    }
}

/// Keeps why writing failed, so that a full disk isn't laid at the door of what is read.
struct Noting<W> {
    into: W,
    failed: Option<io::Error>,
}

impl<W: Write> Write for Noting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.into.write(bytes).map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted {
                self.failed = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.flush()
    }
}

/// Reads a small file; `None` where there is none.
pub(crate) fn to_memory(fetch: &dyn Fetch, from: &Place, wish: Wish) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    Ok(copy(fetch, from, wish, &mut bytes)?.then_some(bytes))
}

pub(crate) fn missing(place: &Place) -> Error {
    Error::failure("not_there", format!("there is nothing at `{place}`")).hint("check the path or URL")
}

fn copy(fetch: &dyn Fetch, from: &Place, wish: Wish, into: &mut dyn Write) -> Result<bool, Error> {
    let path = match from {
        Place::Url(url) => return fetch.fetch(url, wish, into),
        Place::Path(path) => path,
    };
    let fail = |error: io::Error| Error::io("read", path, &error);
    // Not blocking, so that a pipe of that name is refused below and doesn't hang us.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return Ok(false);
        }
        Err(error) => return Err(fail(error)),
    };
    if !file.metadata().map_err(fail)?.is_file() {
        return Err(Error::new(Kind::Refused, "not_a_file", format!("`{from}` is not a regular file"))
            .hint("name an archive, or a directory that holds a plugin"));
    }
    let mut limited = File::take(file, wish.limit + 1);
    let copied = io::copy(&mut limited, into).map_err(fail)?;
    if copied > wish.limit { Err(too_large(from, wish.limit)) } else { Ok(true) }
}

/// What is refused for its size.
pub(crate) const TOO_LARGE: Code = Code::new("too_large");

/// What is refused for its size.
#[must_use]
pub fn too_large(place: &Place, limit: u64) -> Error {
    let limit = if limit < 1 << 20 { format!("{} KiB", limit >> 10) } else { format!("{} MiB", limit >> 20) };
    Error::new(Kind::Refused, TOO_LARGE, format!("`{place}` is larger than {limit}"))
        .hint("check that it is what you mean to install")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_noted() {
        let mut noting = Noting { into: Full, failed: None };
        assert!(io::copy(&mut [1_u8].as_slice(), &mut noting).is_err());
        assert_eq!(noting.failed.map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
    }
}
