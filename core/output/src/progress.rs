//! A line on the terminal that says what takes so long.

use std::{
    io::Write as _,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Nothing is shown for what is done sooner.
const PATIENCE: Duration = Duration::from_secs(1);
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];

/// Shown while it lives, wiped when dropped.
#[derive(Debug)]
pub struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    pub(crate) const fn hidden() -> Self {
        Self(None)
    }

    pub(crate) fn start(what: &str) -> Self {
        let (stop, stopped) = channel::<()>();
        let what = crate::escape(what).into_owned();
        let begun = Instant::now();
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            let mut wait = PATIENCE;
            let mut shown = false;
            for frame in FRAMES.iter().cycle() {
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                let _ = write!(std::io::stderr(), "\r{frame} {what} ({} s)\x1b[K", begun.elapsed().as_secs());
                shown = true;
                wait = Duration::from_millis(200);
            }
            if shown {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self(thread.ok().map(|thread| (stop, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}
