//! A read lease on a file: proof that, while it is held, nobody has the file open for writing, or mapped so.
#![allow(unsafe_code, reason = "leases have no safe interface")]

use std::{fs::File, io, os::fd::AsRawFd as _};

/// Which signal the owner of a lease is sent; the same on every machine that Linux runs on.
const F_SETSIG: i32 = 10;

/// A lease, given back when this goes.
pub(crate) struct ReadLease<'a>(&'a File);

impl<'a> ReadLease<'a> {
    /// Takes one; none where somebody has the file open for writing, or the system gives this user none for it.
    pub(crate) fn take(file: &'a File) -> Option<Self> {
        // Who wants to write meanwhile has the kernel send a signal, which by itself would end this process. This
        // one is ignored unless somebody asked for it.
        control(file, F_SETSIG, libc::SIGURG).ok()?;
        control(file, libc::F_SETLEASE, libc::F_RDLCK).ok()?;
        Some(Self(file))
    }

    /// Whether nobody has asked to write since.
    pub(crate) fn is_whole(&self) -> bool {
        control(self.0, libc::F_GETLEASE, 0).is_ok_and(|lease| lease == libc::F_RDLCK)
    }
}

impl Drop for ReadLease<'_> {
    fn drop(&mut self) {
        // Whoever waits for it may go on. Closing the file would do it as well.
        let _ = control(self.0, libc::F_SETLEASE, libc::F_UNLCK);
    }
}

fn control(file: &File, command: i32, argument: i32) -> io::Result<i32> {
    // SAFETY: the descriptor is open as long as the file is borrowed, and these commands take a number.
    match unsafe { libc::fcntl(file.as_raw_fd(), command, argument) } {
        -1 => Err(io::Error::last_os_error()),
        answer => Ok(answer),
    }
}
