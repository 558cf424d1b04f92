//! One run, watched to its end, and no longer than it may take.

use std::{
    io,
    os::{fd::AsFd, unix::process::ExitStatusExt as _},
    process::{Child, ExitStatus},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process, kill_process_group},
};
use serde_json::Value;

use super::{answers::Presented, world::To};

/// How much of its output is kept.
const MOST: usize = 4 << 20;
/// How long its output may stay open once it ended: a process that it started may still write.
const AFTER: Duration = Duration::from_millis(300);
/// How often it is looked at.
const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
/// When a signal is sent, if it never asks for a signature.
const UNASKED: Duration = Duration::from_secs(1);

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Exited(i32),
    Signalled(i32),
    /// It was ended, for it took too long.
    Late,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// What it asked the signer; null for what was no JSON.
    pub(super) asked: Vec<Value>,
    pub(super) presented: Vec<Presented>,
    /// Processes that it left behind.
    pub(super) left: Vec<String>,
    /// How long it took to end after a signal; none where it ended before.
    pub(super) after_signal: Option<Duration>,
}

/// What was seen of a process.
pub(super) struct Watched {
    pub(super) end: End,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) after_signal: Option<Duration>,
}

/// Watches a child that leads a group of its own. `waits` says whether it waits for the signer.
pub(super) fn watch(
    child: &mut Child,
    limit: Duration,
    signal: Option<(Signal, To)>,
    waits: impl Fn() -> bool,
) -> io::Result<Watched> {
    let begun = Instant::now();
    let (mut out, mut err) = (Pipe::new(child.stdout.take()), Pipe::new(child.stderr.take()));
    let pid = Pid::from_child(child);
    let (mut sent, mut ended): (Option<Instant>, Option<(Instant, ExitStatus)>) = (None, None);
    loop {
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (Instant::now(), status));
        }
        out.drain();
        err.drain();
        if let Some((at, _)) = ended
            && (out.pipe.is_none() && err.pipe.is_none() || at.elapsed() > AFTER)
        {
            break;
        }
        if let (Some((signal, to)), None, None) = (signal, sent, ended)
            && (waits() || begun.elapsed() > UNASKED)
        {
            sent = Some(Instant::now());
            // It may have ended this very moment, which is seen soon enough.
            let _ = match to {
                To::Process => kill_process(pid, signal),
                To::Group => kill_process_group(pid, signal),
            };
        }
        if ended.is_none() && sent.unwrap_or(begun).elapsed() > limit {
            let _ = kill_process_group(pid, Signal::KILL);
            child.wait()?;
            break;
        }
        pause(&out, &err);
    }
    // Whoever is left of its group; its number is nobody else's while somebody is.
    let _ = kill_process_group(pid, Signal::KILL);
    let end = match ended {
        None => End::Late,
        Some((_, status)) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, signal) => End::Signalled(signal.unwrap_or(0)),
        },
    };
    let after_signal = sent.and_then(|sent| Some(ended?.0.saturating_duration_since(sent)));
    Ok(Watched { end, stdout: out.kept, stderr: err.kept, after_signal })
}

fn pause(out: &Pipe<std::process::ChildStdout>, err: &Pipe<std::process::ChildStderr>) {
    let mut waiting = Vec::new();
    waiting.extend(out.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    waiting.extend(err.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
    let _ = poll(&mut waiting, Some(&STEP));
}

/// A pipe that is read as far as there is something in it.
struct Pipe<T> {
    pipe: Option<T>,
    kept: Vec<u8>,
}

impl<T: AsFd> Pipe<T> {
    const fn new(pipe: Option<T>) -> Self {
        Self { pipe, kept: Vec::new() }
    }

    fn drain(&mut self) {
        let mut bytes = [0; 16 << 10];
        while let Some(pipe) = &self.pipe {
            let mut ready = [PollFd::new(pipe, PollFlags::IN)];
            if !poll(&mut ready, Some(&Timespec::default())).is_ok_and(|count| count > 0) {
                return;
            }
            match rustix::io::read(pipe, &mut bytes) {
                Ok(0) => self.pipe = None,
                Ok(count) if self.kept.len() < MOST => self.kept.extend_from_slice(&bytes[..count]),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => self.pipe = None,
            }
        }
    }
}
