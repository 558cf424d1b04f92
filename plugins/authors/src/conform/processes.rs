//! What can be seen of a plugin's processes from outside. Where there is no `/proc`, nothing.

use std::{
    fs,
    time::{Duration, Instant},
};

use leash_protocol::env as names;
use rustix::process::{Pid, Signal, kill_process};

/// How long what is about to end may take to do so.
const GRACE: Duration = Duration::from_millis(500);

/// A process that has a text among its arguments, by its name.
pub(super) fn showing(text: &str) -> Option<String> {
    all().find(|pid| read(*pid, "cmdline").is_some_and(|bytes| holds(&bytes, text))).map(name)
}

/// The processes of a run that are still there, by name; none of them is afterwards.
pub(super) fn left_behind(invocation: &str) -> Vec<String> {
    let deadline = Instant::now() + GRACE;
    let marked = format!("{}={invocation}", names::INVOCATION);
    let ours = || all().filter(|pid| read(*pid, "environ").is_some_and(|bytes| holds(&bytes, &marked)));
    while Instant::now() < deadline {
        if ours().next().is_none() {
            return Vec::new();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // The mark is random, and was given to this run alone.
    let left: Vec<_> = ours().collect();
    let shown = left.iter().map(|pid| name(*pid)).collect();
    for pid in left {
        if let Some(pid) = Pid::from_raw(pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    shown
}

fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn read(pid: i32, what: &str) -> Option<Vec<u8>> {
    fs::read(format!("/proc/{pid}/{what}")).ok()
}

fn name(pid: i32) -> String {
    let name = read(pid, "comm").unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
