//! Frames on a socket that others may share: bounded in size and in time, whatever its flags are.

use std::{
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use leash_protocol::frame::MAX_FRAME;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

/// Why a frame didn't pass.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// The other side closed, between two frames or within one.
    Closed,
    /// The time ran out before a byte of the frame had passed.
    Late,
    /// The time ran out within the frame: nobody knows any more where the next one begins.
    Torn,
    /// The frame is longer than any may be.
    TooLong,
    /// The system's.
    System(Errno),
}

#[cfg(target_vendor = "apple")]
const SEND: SendFlags = SendFlags::DONTWAIT;
#[cfg(not(target_vendor = "apple"))]
const SEND: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// Sends one frame.
pub(crate) fn write(socket: &impl AsFd, json: &[u8], deadline: Instant) -> Result<(), Fault> {
    let length = u32::try_from(json.len()).map_err(|_| Fault::TooLong)?;
    let frame = [&length.to_be_bytes(), json].concat();
    let socket = socket.as_fd();
    let mut sent = 0;
    while sent < frame.len() {
        match send(socket, &frame[sent..], SEND) {
            Ok(count) => sent += count,
            Err(errno) => wait(socket, PollFlags::OUT, errno, deadline, sent > 0)?,
        }
    }
    Ok(())
}

/// Receives one frame.
pub(crate) fn read(socket: &impl AsFd, deadline: Instant) -> Result<Vec<u8>, Fault> {
    let socket = socket.as_fd();
    let mut length = [0; 4];
    fill(socket, &mut length, deadline, false)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Fault::TooLong)?;
    if length > MAX_FRAME {
        return Err(Fault::TooLong);
    }
    let mut json = vec![0; length];
    fill(socket, &mut json, deadline, true)?;
    Ok(json)
}

fn fill(socket: BorrowedFd<'_>, buffer: &mut [u8], deadline: Instant, mut within: bool) -> Result<(), Fault> {
    let mut filled = 0;
    while filled < buffer.len() {
        match recv(socket, &mut buffer[filled..], RecvFlags::DONTWAIT) {
            Ok((0, _)) => return Err(Fault::Closed),
            Ok((count, _)) => {
                filled += count;
                within = true;
            }
            Err(errno) => wait(socket, PollFlags::IN, errno, deadline, within)?,
        }
    }
    Ok(())
}

/// Waits until the socket is ready, where that is what `errno` asks for.
fn wait(
    socket: BorrowedFd<'_>,
    ready: PollFlags,
    errno: Errno,
    deadline: Instant,
    within: bool,
) -> Result<(), Fault> {
    match errno {
        Errno::AGAIN => {}
        Errno::INTR => return Ok(()),
        Errno::PIPE | Errno::CONNRESET => return Err(Fault::Closed),
        other => return Err(Fault::System(other)),
    }
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(if within { Fault::Torn } else { Fault::Late });
    }
    // An hour at a time, so that every system can count it.
    let left = Timespec::try_from(left.min(Duration::from_secs(3600))).ok();
    match poll(&mut [PollFd::from_borrowed_fd(socket, ready)], left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(other) => Err(Fault::System(other)),
    }
}
