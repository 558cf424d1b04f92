//! Who this process is: nothing separates root from root.

use std::{fs, io};

use crate::{Missing, Part};

/// What the kernel says of this process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    root: bool,
    capable: bool,
    /// How many threads run.
    pub(super) threads: usize,
}

impl Status {
    pub(super) fn read() -> io::Result<Self> {
        Self::parse(&fs::read_to_string("/proc/self/status")?)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Some(Self {
            // Real, effective, saved, and that for files: any of them can be taken up again.
            root: field("Uid")?.split_whitespace().any(|uid| uid == "0"),
            capable: field("CapPrm")?.trim().bytes().any(|digit| digit != b'0'),
            threads: field("Threads")?.trim().parse().ok()?,
        })
    }

    pub(super) fn missing(&self) -> Option<Missing> {
        if self.root {
            Some(Missing::new(
                Part::Unprivileged,
                "this is root, from whom nothing is kept",
                "run leash as the user whom the agent belongs to",
            ))
        } else if self.capable {
            Some(Missing::new(
                Part::Unprivileged,
                "this process holds capabilities, and so would the plugin",
                "run leash without them: `setpriv --inh-caps=-all --ambient-caps=-all leash …`",
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    fn status(uids: &str, capabilities: &str) -> Status {
        let text = format!("Name:\tx\nUid:\t{uids}\nThreads:\t3\nCapInh:\tff\nCapPrm:\t{capabilities}\n");
        Status::parse(&text).expect("all there")
    }

    #[test]
    fn any_root_and_any_capability_counts() {
        assert_eq!(
            status("1000\t1000\t1000\t1000", "0000000000000000"),
            Status { threads: 3, ..Status::default() }
        );
        assert!(status("1000\t1000\t0\t1000", "0000000000000000").missing().is_some());
        assert!(status("1000\t1000\t1000\t1000", "0000000000000400").missing().is_some());
        assert_eq!(Status::parse("Name:\tx\n"), None);
    }
}
