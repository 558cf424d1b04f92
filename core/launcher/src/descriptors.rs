//! Descriptors that an executed program inherits: which stay open, and under which numbers.

use std::{
    io::{self, Seek as _, Write as _},
    os::fd::{AsFd as _, AsRawFd as _, IntoRawFd as _, OwnedFd},
};

use leash_output::{Error, Kind, standard_were_closed};
use leash_protocol::env as names;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd},
};

/// Sees to it that what was closed when leash began is closed again in what it executes, as if that had been executed
/// at once.
#[allow(clippy::disallowed_methods, reason = "it marks descriptors, and writes nothing")]
pub(crate) fn keep_closed() {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let standard = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    for (descriptor, was_closed) in standard.into_iter().zip(standard_were_closed()) {
        if was_closed {
            // On exec and no sooner: until then nothing else may take its number.
            let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
    }
}

/// A descriptor that holds these bytes, to be read from the start.
pub(crate) fn with_content(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = std::fs::File::from(memfd_create("leash-context", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// Keeps a descriptor open across the exec, where its number is one that every shell can name.
pub(crate) fn let_through(descriptor: &OwnedFd) -> Option<i32> {
    let number = descriptor.as_raw_fd();
    if number <= names::MAX_FD {
        return fcntl_setfd(descriptor, FdFlags::empty()).is_ok().then_some(number);
    }
    // A lower one may have become free since.
    let lower = fcntl_dupfd_cloexec(descriptor, 3).ok().filter(|lower| lower.as_raw_fd() <= names::MAX_FD)?;
    fcntl_setfd(&lower, FdFlags::empty()).ok()?;
    Some(lower.into_raw_fd())
}

/// That the user's own descriptors leave no number that every shell can name.
pub(crate) fn none_free(what: &str) -> Error {
    let message = format!("no descriptor below 10 is free for the {what}");
    Error::new(Kind::Refused, "no_descriptor", message)
        .hint("close those that the plugin doesn't need, such as `3>&-`")
}
