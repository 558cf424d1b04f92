//! Descriptors that this process inherited: the one place that takes a number for one.
#![allow(unsafe_code, reason = "a number in the environment is all that names an inherited descriptor")]

use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use rustix::io::{Errno, fcntl_dupfd_cloexec};

/// The highest number that the contract uses: what a shell's `<&N` can name.
const MAX: RawFd = 9;

/// A duplicate, closed on exec, of descriptor `number`. The original stays for the processes that this one
/// starts.
///
/// # Errors
/// [`Errno::BADF`] where there is no such descriptor.
pub(crate) fn duplicate(number: RawFd) -> Result<OwnedFd, Errno> {
    if !(0..=MAX).contains(&number) {
        return Err(Errno::BADF);
    }
    // SAFETY: the number is not negative, and is handed to one system call that answers EBADF where no
    // descriptor has it. Nothing is read, written or closed through it.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl_dupfd_cloexec(borrowed, MAX + 1)
}
