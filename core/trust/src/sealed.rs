//! A copy of a program in memory that nobody can change any more, and its digest.
//!
//! The copy is sealed first and hashed then, so its digest is that of the bytes that will run, whatever
//! happens to the file meanwhile: a link set elsewhere, another process that writes through an old mapping,
//! a rewrite within the clock's grain.

use std::{
    fs::File,
    io::{self, Read as _},
    os::{fd::OwnedFd, unix::fs::FileExt as _},
};

use rustix::{
    fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create},
    io::{Errno, fcntl_dupfd_cloexec},
};

use crate::{digest::Digest, file::MAX_BYTES};

/// The copy.
#[derive(Debug)]
pub(crate) struct Sealed {
    file: File,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether the kernel would execute it.
    pub executable: bool,
}

impl Sealed {
    /// Copies a file that stands at its beginning. `name` is what `/proc` calls the copy.
    pub(crate) fn copy(source: &File, name: &str) -> io::Result<Self> {
        let (descriptor, executable) = create(name)?;
        let mut file = File::from(descriptor);
        let copied = io::copy(&mut source.take(MAX_BYTES + 1), &mut file)?;
        if copied > MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        // Fails where somebody opened the copy through /proc and holds a writable mapping of it, but also while the
        // kernel itself still holds a page that was just copied. It waits for that, though not always long enough.
        let mut tries = 0;
        while let Err(error) = fcntl_add_seals(&file, seals) {
            tries += 1;
            if error != Errno::BUSY || tries == 5 {
                return Err(error.into());
            }
        }
        if !fcntl_get_seals(&file)?.contains(seals) {
            return Err(io::Error::other("the kernel doesn't keep the seals"));
        }
        let digest = Digest::of_reader(Reader { file: &file, at: 0 })?;
        Ok(Self { file, digest, executable })
    }

    /// Its first bytes, as many as there are.
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(crate::shebang::LOOKED_AT);
        self.reader().take(crate::shebang::LOOKED_AT as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Its bytes, from the first.
    pub(crate) const fn reader(&self) -> Reader<'_> {
        Reader { file: &self.file, at: 0 }
    }

    /// The descriptor alone. It is close-on-exec, and out of the way of those that a plugin is handed, which
    /// are of one digit.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        fcntl_dupfd_cloexec(&self.file, 10).unwrap_or_else(|_| self.file.into())
    }
}

/// Makes an empty file in memory, one that can be executed where the system has such.
fn create(name: &str) -> io::Result<(OwnedFd, bool)> {
    let plain = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create(name, plain | MemfdFlags::EXEC) {
        Ok(descriptor) => Ok((descriptor, true)),
        // Before Linux 6.3 there was no such flag, and all of them could be executed.
        Err(Errno::INVAL) => Ok((memfd_create(name, plain)?, true)),
        // `vm.memfd_noexec=2`: none may be.
        Err(Errno::ACCESS) => Ok((memfd_create(name, plain | MemfdFlags::NOEXEC_SEAL)?, false)),
        Err(error) => Err(error.into()),
    }
}

/// Reads by position, so that it doesn't matter where the descriptor stands.
pub(crate) struct Reader<'a> {
    file: &'a File,
    at: u64,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
