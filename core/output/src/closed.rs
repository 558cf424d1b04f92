//! What Rust's runtime changes before `main`: whether stdin, stdout and stderr were open when this process began, and
//! whether SIGPIPE was ignored.
//!
//! Rust's runtime opens `/dev/null` in the place of a closed standard descriptor before `main`, after
//! which writes succeed and go nowhere: a secret that is shown once would be lost without an error. So
//! the descriptors are looked at earlier, from the list of functions that the loader runs first. It ignores SIGPIPE as
//! well; what another program inherits should be what this one inherited.

use std::sync::atomic::{AtomicBool, Ordering};

static PIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);
static WERE_CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

pub(crate) fn stdout_was_closed() -> bool {
    standard_were_closed()[1]
}

/// Which of stdin, stdout and stderr, in that order, were closed when this process began. What is open in their place
/// now leads nowhere.
#[must_use]
pub fn standard_were_closed() -> [bool; 3] {
    [0, 1, 2].map(|number: usize| WERE_CLOSED[number].load(Ordering::Relaxed))
}

/// Whether SIGPIPE was ignored when this process began; it is now, in any case.
#[must_use]
pub fn pipe_signal_was_ignored() -> bool {
    PIPE_WAS_IGNORED.load(Ordering::Relaxed)
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "there is no safe way to run before the runtime's own set-up")]
mod early {
    use std::{mem::MaybeUninit, ptr};

    use super::{Ordering, PIPE_WAS_IGNORED, WERE_CLOSED};

    extern "C" fn look() {
        for (number, was_closed) in (0..).zip(&WERE_CLOSED) {
            // SAFETY: the descriptor is only asked for its flags, and the borrow ends with this turn.
            let standard = unsafe { rustix::fd::BorrowedFd::borrow_raw(number) };
            was_closed.store(rustix::io::fcntl_getfd(standard).is_err(), Ordering::Relaxed);
        }
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: writes the action, which all zeros had made valid before.
        let action = unsafe {
            libc::sigaction(libc::SIGPIPE, ptr::null(), action.as_mut_ptr());
            action.assume_init()
        };
        PIPE_WAS_IGNORED.store(action.sa_sigaction == libc::SIG_IGN, Ordering::Relaxed);
    }

    // SAFETY: both sections hold pointers to functions of this type, which the loader calls in turn.
    #[used]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
    static LOOK: extern "C" fn() = look;
}
