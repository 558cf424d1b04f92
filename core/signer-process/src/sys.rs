//! The system calls that have no safe form: splitting off a process, and what it has to undo in itself.
#![allow(
    unsafe_code,
    reason = "fork, signal dispositions and closing foreign descriptors have no safe interface"
)]

use std::{io, os::fd::RawFd};

use rustix::{
    process::{Pid, WaitOptions},
    thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity},
};

/// Runs `child` in a new process and comes back in this one alone.
///
/// The process is nobody's to wait for: it is the child of one that has ended already, and was adopted. Where
/// *we* would be the ones to adopt it (the first process of a container, or a subreaper), it stays a child that
/// ends without a signal, which `wait` doesn't see either.
///
/// This process must have a single thread: another one could hold a lock that nobody would open in the child.
pub(crate) fn split(we_adopt: bool, child: impl FnOnce()) -> io::Result<()> {
    if we_adopt {
        if clone()?.is_none() {
            run(child);
        }
        return Ok(());
    }
    let between = clone_through(child)?;
    // It ends without SIGCHLD, which could be pending or ignored in what we execute later.
    let any_child = WaitOptions::from_bits_retain(libc::__WALL.cast_unsigned());
    let status = loop {
        match rustix::process::waitpid(Some(between), any_child) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?,
        }
    };
    match status.and_then(|(_, status)| status.exit_status()) {
        Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
        None => Err(io::Error::other("it was killed")),
    }
}

/// `fork`, but for the signal at the end; none in the child.
fn clone() -> io::Result<Option<Pid>> {
    // SAFETY: without flags this copies the process as `fork` does, and the child goes on with its own copy of
    // this stack. There is a single thread, so nothing in the copy is half done or locked.
    let pid = unsafe { libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0) };
    match pid {
        ..0 => Err(io::Error::last_os_error()),
        pid => Ok(i32::try_from(pid).ok().and_then(Pid::from_raw)),
    }
}

/// How much stack a child has that [`clone_through`] made; what isn't touched costs nothing.
const STACK: usize = 8 << 20;

/// Has a process in between make the child and end at once; this one is that process's to wait for.
///
/// It borrows this process's memory while this one waits, as after `vfork`: copying the tables of memory twice would take
/// longer than anything else here.
fn clone_through<F: FnOnce()>(child: F) -> io::Result<Pid> {
    extern "C" fn between<F: FnOnce()>(child: *mut libc::c_void) -> i32 {
        let elsewhere = stay_here();
        match clone() {
            Ok(None) => {
                if let Some(elsewhere) = elsewhere {
                    let _ = sched_setaffinity(None, &elsewhere);
                }
                // SAFETY: it points to the `Option` below, in this process's own copy of the memory.
                let child = unsafe { &mut *child.cast::<Option<F>>() };
                child.take().map_or_else(|| exit(0), |child| run(child))
            }
            Ok(Some(_)) => 0,
            Err(error) => error.raw_os_error().unwrap_or(1),
        }
    }

    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK | libc::MAP_NORESERVE;
    // SAFETY: a new mapping, of nobody's memory.
    let stack = unsafe { libc::mmap(std::ptr::null_mut(), STACK, protection, kind, -1, 0) };
    if stack == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let mut child = Some(child);
    // SAFETY: a page that nothing may touch, at the end towards which the stack grows; the function runs on that stack and
    // no other, and this process goes on only when it has ended, so that what both could touch only one does at a
    // time. Here, too, there is a single thread.
    let pid = unsafe {
        libc::mprotect(stack, 4096, libc::PROT_NONE);
        let top = stack.cast::<u8>().add(STACK).cast();
        let flags = libc::CLONE_VM | libc::CLONE_VFORK;
        libc::clone(between::<F>, top, flags, (&raw mut child).cast())
    };
    let error = io::Error::last_os_error();
    if pid > 0 {
        // SAFETY: the child has a copy, and nothing points into the original any more.
        unsafe { libc::munmap(stack, STACK) };
        return Pid::from_raw(pid).ok_or(error);
    }
    Err(error)
}

/// Has what this process starts begin on the processor on which it runs itself; gives back on which it may run. The kernel
/// would begin it on the one that was left by the process that waits, which then goes on there as well: two on one
/// processor, and none on the other.
fn stay_here() -> Option<CpuSet> {
    let before = sched_getaffinity(None).ok()?;
    let mut here = CpuSet::new();
    here.set(sched_getcpu());
    sched_setaffinity(None, &here).ok().map(|()| before)
}

fn run(child: impl FnOnce()) -> ! {
    // A panic must not unwind into what the other process was doing.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
    exit(0)
}

/// Ends without running what the other process had planned for its end.
fn exit(status: i32) -> ! {
    // SAFETY: always sound.
    unsafe { libc::_exit(status) }
}

/// Closes all descriptors from `first` to `last`.
///
/// The owners of those descriptors must never be dropped: they belong to code of the other process.
pub(crate) fn close_range(first: RawFd, last: RawFd) -> io::Result<()> {
    // SAFETY: the caller keeps nothing that uses one of these.
    match unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Ignores what a terminal, a closed socket or a full disk sends; ends as usual when asked to.
pub(crate) fn set_signals() -> io::Result<()> {
    const IGNORED: [i32; 8] = [
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTSTP,
        libc::SIGTTIN,
        libc::SIGTTOU,
        libc::SIGHUP,
        libc::SIGPIPE,
        libc::SIGXFSZ,
    ];
    let ignored = IGNORED.into_iter().map(|signal| (signal, libc::SIG_IGN));
    for (signal, disposition) in
        ignored.chain([(libc::SIGTERM, libc::SIG_DFL), (libc::SIGCHLD, libc::SIG_DFL)])
    {
        // SAFETY: no handler is installed.
        if unsafe { libc::signal(signal, disposition) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: the set is initialised by the first call, and the old one isn't asked for.
    let unblocked = unsafe {
        let mut none = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut())
    };
    if unblocked == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
