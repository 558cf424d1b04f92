//! All that changes when a file does, as far as its metadata tells.

use std::{
    fs::{self, Metadata},
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

/// Within this many seconds of a change, another one may leave the same time behind.
const SETTLED: i64 = 2;

/// A file at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Of a file that was looked at.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Of the regular file at a path; a link could lead elsewhere any time.
    #[must_use]
    pub fn at(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().filter(Metadata::is_file).as_ref().map(Self::of)
    }

    /// Whether the file's last change was over a while before `now`, so that the next one shows.
    #[must_use]
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let Ok(now) = now.duration_since(SystemTime::UNIX_EPOCH) else { return false };
        let now = (now.as_secs().cast_signed(), i64::from(now.subsec_nanos()));
        (self.changed.0.saturating_add(SETTLED), self.changed.1) < now
    }
}
