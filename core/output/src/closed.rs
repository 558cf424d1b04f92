//! Whether stdout was open when this process began.
//!
//! Rust's runtime opens `/dev/null` in the place of a closed standard descriptor before `main`, after
//! which writes succeed and go nowhere: a secret that is shown once would be lost without an error. So
//! the descriptor is looked at earlier, from the list of functions that the loader runs first.

use std::sync::atomic::{AtomicBool, Ordering};

static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

pub(crate) fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "there is no safe way to run before the runtime's own set-up")]
mod early {
    use super::{Ordering, STDOUT_WAS_CLOSED};

    extern "C" fn look() {
        // SAFETY: the descriptor is only asked for its flags, and the borrow ends with this call.
        let stdout = unsafe { rustix::fd::BorrowedFd::borrow_raw(1) };
        if rustix::io::fcntl_getfd(stdout).is_err() {
            STDOUT_WAS_CLOSED.store(true, Ordering::Relaxed);
        }
    }

    // SAFETY: both sections hold pointers to functions of this type, which the loader calls in turn.
    #[used]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
    static LOOK: extern "C" fn() = look;
}
