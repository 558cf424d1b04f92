//! The four things that Rust can't check: owning a descriptor that was handed down, taking a variable out of the
//! environment, and setting and answering a signal's handler.

#![allow(unsafe_code, reason = "the kernel and the C library offer these four no other way")]

use std::{
    fs,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst},
    thread,
};

use nix::{
    errno::Errno,
    libc,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
};

/// Takes a descriptor that this process was started with; `None` where there is none of that number.
///
/// What survived the exec isn't close-on-exec, and what this process has opened since is. So a number that points
/// to something of our own is not taken.
pub(crate) fn take_inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: this call only asks, and answers for any number.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags == -1 || flags & libc::FD_CLOEXEC != 0 {
        return None;
    }
    // SAFETY: it is open, and nothing in this process owns it, since everything here opens with close-on-exec.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    let _ = rustix::io::fcntl_setfd(&descriptor, rustix::io::FdFlags::CLOEXEC);
    Some(descriptor)
}

/// Takes a variable out of the environment, where no other thread can be reading it. Whether it did.
#[allow(clippy::disallowed_methods, reason = "a passphrase is taken out of the environment once it was read")]
pub(crate) fn remove_variable(name: &str) -> bool {
    let alone = fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.count() == 1);
    if alone {
        // SAFETY: this is the only thread, so nobody reads the environment meanwhile.
        unsafe { std::env::remove_var(name) };
    }
    alone
}

/// Where a caught signal's number is written; -1 is nowhere.
static TO: AtomicI32 = AtomicI32::new(-1);
/// Handlers that are just running, in whichever thread.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Only what a handler may do: atomics, and one write that can't block.
extern "C" fn write_number(signal: libc::c_int) {
    RUNNING.fetch_add(1, SeqCst);
    let to = TO.load(SeqCst);
    if let (0.., Ok(byte)) = (to, u8::try_from(signal)) {
        let errno = Errno::last_raw();
        // SAFETY: `stop_writing` doesn't return, and so the descriptor isn't closed, while a handler may use it.
        let _ = nix::unistd::write(unsafe { BorrowedFd::borrow_raw(to) }, &[byte]);
        Errno::set_raw(errno);
    }
    RUNNING.fetch_sub(1, SeqCst);
}

/// Has caught signals written to this descriptor, which must not block, until [`stop_writing`].
pub(crate) fn write_signals_to(descriptor: &OwnedFd) {
    TO.store(descriptor.as_raw_fd(), SeqCst);
}

/// Forgets the descriptor; it can be closed afterwards.
pub(crate) fn stop_writing() {
    TO.store(-1, SeqCst);
    while RUNNING.load(SeqCst) != 0 {
        thread::yield_now();
    }
}

/// Catches a signal from here on; what happened to it before.
pub(crate) fn catch(signal: Signal) -> nix::Result<SigAction> {
    let action = SigAction::new(SigHandler::Handler(write_number), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does only what a handler may do.
    unsafe { sigaction(signal, &action) }
}

/// Gives a signal back.
pub(crate) fn put_back(signal: Signal, action: &SigAction) {
    // SAFETY: it is what was there before, and as sound as it was then.
    let _ = unsafe { sigaction(signal, action) };
}
