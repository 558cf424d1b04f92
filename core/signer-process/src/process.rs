//! The plugin's process, watched from the signer.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, getpid, pidfd_open},
};

use crate::procfs::Stat;

/// A process that will be, or is, the plugin.
pub(crate) struct Process {
    pub(crate) pid: Pid,
    fd: OwnedFd,
}

impl Process {
    /// This process, which later executes the plugin and stays the same in the eyes of the kernel.
    pub(crate) fn own() -> rustix::io::Result<Self> {
        let pid = getpid();
        Ok(Self { pid, fd: pidfd_open(pid, PidfdFlags::empty())? })
    }

    pub(crate) const fn fd_mut(&mut self) -> &mut OwnedFd {
        &mut self.fd
    }

    /// Waits that long for its end.
    pub(crate) fn ends_within(&self, time: Duration) -> bool {
        let time = timespec(time);
        let mut watched = [PollFd::new(&self.fd, PollFlags::IN)];
        poll(&mut watched, Some(&time)).is_ok_and(|ready| ready > 0)
    }

    /// Whether it is in the foreground of its terminal.
    pub(crate) fn is_in_front(&self) -> bool {
        Stat::of(self.pid.as_raw_nonzero().get()).is_some_and(|stat| stat.foreground == stat.group)
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

pub(crate) fn timespec(time: Duration) -> Timespec {
    Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() }
}
