//! Shutting this process in, before it is told anything, and tying its life to that of the signer that started it.

use std::{
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
};

use leash_output::Error;
use rustix::{
    net::sockopt::socket_peercred,
    process::{
        DumpableBehavior, Resource, Rlimit, Signal, getppid, set_dumpable_behavior,
        set_parent_process_death_signal, setrlimit,
    },
};

use crate::not_a_signer;

/// Shuts it in; gives the socket at whose other end the signer is.
pub(crate) fn shut_in() -> Result<UnixStream, Error> {
    // From the signer's copy, which nobody may read, it was born so. Where there could be no such copy, it is from here on.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(failed)?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    if tracer.is_none_or(|pid| pid.trim() != "0") {
        return Err(Error::failure("traced", "another process traces this one, or nobody can say"));
    }
    let _ = rustix::thread::set_name(c"leash-payer");
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed)?;
    let socket: OwnedFd =
        io::stdin().as_fd().try_clone_to_owned().map_err(|_| not_a_signer("its stdin is closed"))?;
    let peer = socket_peercred(&socket).map_err(|_| not_a_signer("its stdin is no socket"))?;
    // Had it ended before its end was watched, nobody would notice.
    if Some(peer.pid) != getppid() {
        return Err(not_a_signer("it has ended, or is another process"));
    }
    Ok(socket.into())
}

/// From here on the signer's end isn't this one's.
pub(crate) fn stand_alone() {
    let _ = set_parent_process_death_signal(None);
}

fn failed(error: rustix::io::Errno) -> Error {
    Error::failure("shut_in", format!("this process can't be shut in: {error}"))
}
