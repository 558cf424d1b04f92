//! A system call by its number, for those that nobody wraps.
#![allow(unsafe_code, reason = "an attack is made of calls that no safe interface offers")]

use std::io;

/// Makes a call. Arguments that are addresses point to what the caller still holds.
pub(crate) fn call(number: libc::c_long, arguments: &[usize]) -> io::Result<i64> {
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // SAFETY: the kernel checks every address it is given; what the attacks have it write to are their own buffers,
    // which outlive the call.
    let result = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
