//! Shutting this process in, before it knows anything worth having.

use std::{
    fs::File,
    io,
    os::fd::{AsRawFd as _, OwnedFd},
};

use leash_output::{Error, Kind};
use rustix::{
    fs::Mode,
    io::fcntl_dupfd_cloexec,
    process::{
        DumpableBehavior, Resource, Rlimit, chdir, dumpable_behavior, set_dumpable_behavior, setrlimit,
        setsid, umask,
    },
    stdio::{dup2_stderr, dup2_stdin, dup2_stdout},
};

use crate::{procfs, sys};

/// Leaves the user's session and terminal behind.
pub(crate) fn leave_session() -> io::Result<()> {
    setsid()?;
    sys::set_signals()?;
    rustix::thread::set_name(c"leash-signer")?;
    chdir("/")?;
    umask(Mode::from_raw_mode(0o077));
    Ok(())
}

/// Closes all descriptors but these; the standard three lead nowhere then.
pub(crate) fn keep_only(mut kept: Vec<&mut OwnedFd>) -> io::Result<()> {
    for fd in kept.iter_mut().filter(|fd| fd.as_raw_fd() < 3) {
        **fd = fcntl_dupfd_cloexec(&**fd, 3)?;
    }
    let null = fcntl_dupfd_cloexec(File::options().read(true).write(true).open("/dev/null")?, 3)?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    drop(null);
    kept.sort_unstable_by_key(|fd| fd.as_raw_fd());
    let mut first = 3;
    for fd in kept {
        let number = fd.as_raw_fd();
        if first < number {
            sys::close_range(first, number - 1)?;
        }
        first = number + 1;
    }
    sys::close_range(first, i32::MAX)
}

/// Keeps others from opening this process's memory; gives back how it was. A process that is split off now begins so.
pub(crate) fn close_memory() -> io::Result<DumpableBehavior> {
    let before = dumpable_behavior()?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(before)
}

/// Makes this process what it was.
pub(crate) fn open_memory(before: DumpableBehavior) -> io::Result<()> {
    // The kernel sets the third state itself, and takes it from nobody.
    if before == DumpableBehavior::Dumpable {
        set_dumpable_behavior(before)?;
    }
    Ok(())
}

/// Makes sure that no process of this user can look into this one, or finds out that one does.
///
/// # Errors
/// Where that isn't so; nothing secret may be read then.
pub(crate) fn close_to_others() -> Result<(), Error> {
    let failed = |error: io::Error| Error::failure("signer", format!("the signer can't be shut in: {error}"));
    if dumpable_behavior().map_err(|error| failed(error.into()))? == DumpableBehavior::Dumpable {
        return Err(failed(io::Error::other("others could open its memory from the start")));
    }
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|error| failed(error.into()))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| failed(error.into()))?;
    // From here on nobody can begin to trace; so who doesn't now never will.
    if dumpable_behavior().map_err(|error| failed(error.into()))? != DumpableBehavior::NotDumpable {
        return Err(failed(io::Error::other("it can still be dumped")));
    }
    match procfs::tracer().map_err(failed)? {
        0 => Ok(()),
        tracer => Err(Error::new(
            Kind::Refused,
            "traced",
            format!("process {tracer} traces the signer, which would show it the key"),
        )
        .hint("run the plugin without the debugger, or without a grant")),
    }
}
