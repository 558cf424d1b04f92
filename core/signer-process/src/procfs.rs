//! What `/proc` says of processes.

use std::{fs, io, io::Read as _, os::unix::fs::MetadataExt as _};

use rustix::process::Pid;

/// A part of `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) parent: i32,
    pub(crate) group: i32,
    /// The foreground group of its terminal; -1 where it has none.
    pub(crate) foreground: i32,
}

impl Stat {
    pub(crate) fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name comes second, in parentheses, and may hold anything.
    fn parse(text: &[u8]) -> Option<Self> {
        let name_end = text.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(&text[name_end + 1..]).ok()?;
        let mut fields = rest.split_ascii_whitespace().skip(1);
        let mut number = || fields.next()?.parse().ok();
        let (parent, group, _session, _terminal) = (number()?, number()?, number()?, number()?);
        Some(Self { parent, group, foreground: number()? })
    }
}

/// Whether a process is `ancestor` or descends from it, by way of processes that all still live.
pub(crate) fn descends(pid: Pid, ancestor: Pid) -> bool {
    let mut pid = pid.as_raw_nonzero().get();
    // Bounded, since the chain is read while it changes.
    for _ in 0..1000 {
        if pid == ancestor.as_raw_nonzero().get() {
            return true;
        }
        match Stat::of(pid) {
            Some(stat) if stat.parent > 1 => pid = stat.parent,
            Some(stat) if stat.parent == ancestor.as_raw_nonzero().get() => return true,
            _ => return false,
        }
    }
    false
}

/// How many threads this process has.
pub(crate) fn threads() -> io::Result<usize> {
    const TASKS: &str = "/proc/self/task";
    // Linux counts a link for each thread, and two of its own. Where something else is there, they are counted.
    if fs::metadata(TASKS)?.nlink() == 3 {
        return Ok(1);
    }
    Ok(fs::read_dir(TASKS)?.count())
}

/// Who traces this process; 0 for nobody.
pub(crate) fn tracer() -> io::Result<u32> {
    // It stands near the beginning.
    let mut start = [0; 4096];
    let count = fs::File::open("/proc/self/status")?.read(&mut start)?;
    let status = String::from_utf8_lossy(&start[..count]);
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer
        .and_then(|pid| pid.trim().parse().ok())
        .ok_or_else(|| io::Error::other("`/proc/self/status` names no tracer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_anything() {
        let stat = Stat::parse(b"12 (a) S 1 2 3 4 5 (\xff) R 7 8 9 1025 10 4194560 0").expect("a stat");
        assert_eq!(stat, Stat { parent: 7, group: 8, foreground: 10 });
        assert_eq!(Stat::parse(b"12 (a"), None);
        assert_eq!(Stat::parse(b"12 (a) S 1"), None);
    }

    #[test]
    fn one_descends_from_ones_parent_and_not_the_other_way_round() {
        let (own, parent) = (rustix::process::getpid(), rustix::process::getppid().expect("a parent"));
        assert!(descends(own, parent) && descends(own, own));
        assert!(!descends(parent, own));
    }
}
