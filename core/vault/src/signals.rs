//! Signals that come while the terminal is changed: held up until it is put right, and then let through.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{Mutex, MutexGuard, PoisonError},
};

use nix::sys::signal::{SigAction, SigHandler, Signal, raise};
use rustix::io::ioctl_fionbio;

use crate::sys;

/// What a person at the terminal, or another process, ends or stops a program with.
const CAUGHT: [Signal; 8] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGALRM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGTSTP,
];

/// One at a time: a signal has one handler in a process.
static ONE: Mutex<()> = Mutex::new(());

/// Signals are caught as long as this lives, and are then as they were.
pub(crate) struct Caught {
    before: Vec<(Signal, SigAction)>,
    reader: OwnedFd,
    _writer: OwnedFd,
    _one: MutexGuard<'static, ()>,
}

impl Caught {
    /// Catches them. One that is ignored, as by `nohup`, stays so.
    pub(crate) fn all() -> io::Result<Self> {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (reader, writer) = io::pipe()?;
        let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
        // Neither a handler nor the one look at the end may wait.
        ioctl_fionbio(&reader, true)?;
        ioctl_fionbio(&writer, true)?;
        sys::write_signals_to(&writer);
        let mut caught = Self { before: Vec::new(), reader, _writer: writer, _one: one };
        for signal in CAUGHT {
            let before = sys::catch(signal)?;
            if matches!(before.handler(), SigHandler::SigIgn) {
                sys::put_back(signal, &before);
            } else {
                caught.before.push((signal, before));
            }
        }
        Ok(caught)
    }

    /// Catches no more, and gives those that came. Whoever calls this lets them through.
    pub(crate) fn finish(mut self) -> Vec<Signal> {
        self.release()
    }

    fn release(&mut self) -> Vec<Signal> {
        for (signal, before) in self.before.drain(..) {
            sys::put_back(signal, &before);
        }
        sys::stop_writing();
        let mut numbers = [0; 64];
        let count = rustix::io::read(&self.reader, &mut numbers).unwrap_or(0);
        CAUGHT
            .into_iter()
            .filter(|signal| numbers[..count].iter().any(|number| i32::from(*number) == *signal as i32))
            .collect()
    }
}

/// Readable once a signal has come.
impl AsFd for Caught {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        for signal in self.release() {
            let _ = raise(signal);
        }
    }
}

/// Lets signals do what they would have done. Where the process is still there, whether one of them was meant to
/// end it rather than to stop it for a while.
pub(crate) fn let_through(signals: &[Signal]) -> Option<Signal> {
    let mut ending = None;
    for signal in signals {
        let _ = raise(*signal);
        if *signal != Signal::SIGTSTP {
            ending = Some(*signal);
        }
    }
    ending
}
