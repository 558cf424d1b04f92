//! Dying of a signal, with one line that says whose fault it was.
#![allow(unsafe_code, reason = "a handler of fatal signals is set through the C library")]

use std::{mem::MaybeUninit, ptr, sync::OnceLock};

use leash_output::escape;
use libc::c_int;

/// Faults of the library's. Whatever was set for them before, the line comes first.
const CRASHES: [(c_int, &str); 7] = [
    (libc::SIGSEGV, "crashed (SIGSEGV: it used memory that isn't its own)"),
    (libc::SIGBUS, "crashed (SIGBUS: it used memory that isn't there)"),
    (libc::SIGILL, "crashed (SIGILL: it executed what is no instruction of this machine)"),
    (libc::SIGFPE, "crashed (SIGFPE: its arithmetic failed)"),
    (libc::SIGABRT, "aborted (SIGABRT)"),
    (libc::SIGSYS, "crashed (SIGSYS: it made a system call that is forbidden)"),
    (libc::SIGTRAP, "crashed (SIGTRAP)"),
];

/// What ends a library that doesn't come back, unless it is ignored.
const ENDINGS: [(c_int, &str); 4] = [
    (libc::SIGINT, "was ended before it was done (SIGINT)"),
    (libc::SIGTERM, "was ended before it was done (SIGTERM)"),
    (libc::SIGQUIT, "was ended before it was done (SIGQUIT)"),
    (libc::SIGXCPU, "was ended before it was done (SIGXCPU: it used up its processor time)"),
];

/// Each signal's line, written before anything can go wrong.
static LINES: OnceLock<Vec<(c_int, Vec<u8>)>> = OnceLock::new();

/// Sees to it that a signal which ends this process names the plugin first.
pub(crate) fn watch(plugin: &str) {
    let name = escape(plugin);
    let line = |what: &str| format!("error: plugin `{name}` {what}\n").into_bytes();
    let all = CRASHES.iter().chain(&ENDINGS);
    let _ = LINES.set(all.map(|(signal, what)| (*signal, line(what))).collect());
    for (signal, _) in CRASHES {
        handle(signal);
    }
    for (signal, _) in ENDINGS {
        if !is_ignored(signal) {
            handle(signal);
        }
    }
}

fn handle(signal: c_int) {
    // SAFETY: all zeros is a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = die as *const () as libc::sighandler_t;
    // The default again once it is entered; on the runtime's own stack, should the usual one be used up.
    action.sa_flags = libc::SA_RESETHAND | libc::SA_ONSTACK;
    // SAFETY: `die` does only what a handler may do; both pointers are good for the call.
    unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
}

fn is_ignored(signal: c_int) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: reads the action into `action`, which all zeros had made valid before.
    let action = unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr());
        action.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}

/// The handler: one `write`, and the signal once more, which its default action then meets.
extern "C" fn die(signal: c_int) {
    let line = LINES.get().and_then(|lines| lines.iter().find(|(of, _)| *of == signal));
    if let Some((_, line)) = line {
        // SAFETY: `write` and `raise` may be called from a handler; the line lives for ever.
        unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
    }
    // SAFETY: as above. Blocked until the handler is back, then fatal.
    unsafe { libc::raise(signal) };
}
