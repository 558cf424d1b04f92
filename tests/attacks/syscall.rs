//! What no safe interface offers: system calls by their number, a descriptor by its number, a fast search.
#![allow(unsafe_code, reason = "an attack is made of calls that no safe interface offers")]

use std::{
    io,
    os::fd::{FromRawFd as _, OwnedFd, RawFd},
};

/// Makes a call. Arguments that are addresses point to what the caller still holds.
pub(crate) fn call(number: libc::c_long, arguments: &[usize]) -> io::Result<i64> {
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // SAFETY: the kernel checks every address it is given; what the attacks have it write to are their own buffers,
    // which outlive the call.
    let result = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Takes over a descriptor that this process was started with.
pub(crate) fn inherit(number: RawFd) -> OwnedFd {
    // SAFETY: each attack does this once, for the descriptor that it was handed.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// Whether a text stands in these bytes.
pub(crate) fn holds(bytes: &[u8], text: &[u8]) -> bool {
    // SAFETY: both are as long as they say.
    let found = unsafe { libc::memmem(bytes.as_ptr().cast(), bytes.len(), text.as_ptr().cast(), text.len()) };
    !found.is_null()
}
