//! Digests of interpreters, kept in the trust store so that those needn't be hashed before each run.
//!
//! A digest is kept under the file's device, inode, size and times, and only where every later change of the file
//! is sure to show in them: nobody had it open for writing while it was hashed (a read lease says so), its last
//! change was over long before, and its file system notes the time of what is written through a mapping. Else
//! it is hashed again each time. Whoever can write the store can write a grant as well.
//!
//! **Beyond the contract**, which asks for a lease: the kernel gives one to a file's owner alone, so nobody but root
//! would ever have one for `/usr/bin/python3`. Where this user isn't root, and the file is root's and open to no
//! other's writing (an access list for others shows in the group's bits), there is none to keep out but root, who can
//! do all of this anyway, and a descriptor from before root made the file its own, which takes root to make
//! a program that a user wrote the system's without copying it. Both are taken.

use std::{
    fs::{File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    time::SystemTime,
};

use leash_files::{
    Stamp, atomic,
    trust::{self, Others},
};
use rustix::fs::fstatfs;
use serde::{Deserialize, Serialize};

use crate::{Digest, lease::ReadLease};

/// The version of the file's form.
const VERSION: u32 = 1;
/// Interpreters beyond the latest so many are hashed again.
const MOST: usize = 32;
/// File systems that note the time when a page that is mapped for writing is first written: ext2 to ext4, XFS, Btrfs
/// and F2FS. Those in memory don't.
const NOTING: [i64; 4] = [0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010];
/// Those of a machine's own whose owners and modes can be believed: besides, tmpfs, overlayfs, squashfs, EROFS and
/// ZFS. Others (FUSE, say) may say of a file whatever another user likes.
const LOCAL: [i64; 5] = [0x0102_1994, 0x794c_7630, 0x7371_7368, 0xe0f5_e1e2, 0x2fc1_2fc1];

/// The kept digests.
pub(crate) struct Digests {
    path: PathBuf,
    now: SystemTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u32,
    digests: Vec<(Stamp, Digest)>,
}

impl Digests {
    pub(crate) const fn at(path: PathBuf, now: SystemTime) -> Self {
        Self { path, now }
    }

    /// The digest of a file that is as it was when that was kept.
    pub(crate) fn get(&self, metadata: &Metadata) -> Option<Digest> {
        let stamp = Stamp::of(metadata);
        self.read().into_iter().find(|(kept, _)| *kept == stamp).map(|(_, digest)| digest)
    }

    /// Hashes a file that stands at its beginning, and keeps the digest where that is safe.
    pub(crate) fn hash(&self, file: &File, metadata: &Metadata) -> io::Result<Digest> {
        let stamp = Stamp::of(metadata);
        let system = fstatfs(file).map_or(0, |system| system.f_type);
        let lease = if NOTING.contains(&system) { ReadLease::take(file) } else { None };
        let is_roots = (NOTING.contains(&system) || LOCAL.contains(&system)) && is_beyond_reach(metadata);
        // Looked at once more, under the lease: what was written before it shows now.
        let settled = stamp.is_settled(self.now) && Stamp::of(&file.metadata()?) == stamp;
        let digest = Digest::of_reader(file)?;
        let still = lease.as_ref().map_or(is_roots, ReadLease::is_whole);
        if settled && still && Stamp::of(&file.metadata()?) == stamp {
            self.keep(stamp, digest);
        }
        Ok(digest)
    }

    /// What can't be read or understood is as good as nothing.
    fn read(&self) -> Vec<(Stamp, Digest)> {
        let stored = trust::read(&self.path, Others::Nothing).ok().flatten();
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        stored.filter(|stored| stored.v == VERSION).map(|stored| stored.digests).unwrap_or_default()
    }

    /// Of two processes that do this at once one may lose, and hash again the next time.
    fn keep(&self, stamp: Stamp, digest: Digest) {
        let mut digests = self.read();
        digests.push((stamp, digest));
        let digests = digests.split_off(digests.len().saturating_sub(MOST));
        if let Ok(text) = serde_json::to_vec(&Stored { v: VERSION, digests }) {
            // A link there would be followed; whatever stands there and can't be read is no loss.
            if self.path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
                let _ = std::fs::remove_file(&self.path);
            }
            let _ = atomic::replace(&self.path, &text);
        }
    }
}

/// Whether a file is root's alone to write, and this user isn't root.
fn is_beyond_reach(metadata: &Metadata) -> bool {
    metadata.uid() == 0 && metadata.mode() & 0o022 == 0 && !rustix::process::geteuid().is_root()
}
