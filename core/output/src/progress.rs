//! A line on the terminal that says what takes so long.
#![allow(clippy::disallowed_methods, reason = "leash-output is what writes to stdout and stderr")]

use std::{
    io::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::fit::{fit, stderr_width};

/// Nothing is shown for what is done sooner.
const PATIENCE: Duration = Duration::from_secs(1);
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];

/// Shown while it lives, wiped when dropped.
#[derive(Debug)]
pub struct Progress {
    /// The line.
    what: Arc<Mutex<String>>,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(crate) fn hidden() -> Self {
        Self { what: Arc::default(), thread: None }
    }

    pub(crate) fn start(what: &str) -> Self {
        let (stop, stopped) = channel::<()>();
        let what = Arc::new(Mutex::new(what.to_owned()));
        let line = Arc::clone(&what);
        let begun = Instant::now();
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            let mut wait = PATIENCE;
            let mut shown = false;
            for frame in FRAMES.iter().cycle() {
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                let what = line.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let what = format!("{what} ({} s)", begun.elapsed().as_secs());
                // A line that is wider than the terminal goes on in the next one, which nothing would wipe.
                let room = stderr_width().map(|width| width.saturating_sub(3));
                let _ = write!(std::io::stderr(), "\r{frame} {}\x1b[K", fit(&what, room));
                shown = true;
                wait = Duration::from_millis(200);
            }
            if shown {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self { what, thread: thread.ok().map(|thread| (stop, thread)) }
    }

    /// Says something else from now on.
    pub fn tell(&self, what: &str) {
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what.to_owned();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}
