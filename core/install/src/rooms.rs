//! Where plugins lie, where they are made ready, and whose turn it is.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use leash_files::{Paths, atomic};
use leash_output::Error;
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use crate::journal;

/// What a directory is called in which a plugin is made ready.
const STAGE: &str = "stage-";

/// The directories, for one command.
#[derive(Debug)]
pub struct Rooms {
    paths: Paths,
    /// Held while anything is changed; none where nothing will be.
    turn: Option<File>,
}

/// A directory of one command's own, which goes when it goes.
#[derive(Debug)]
pub(crate) struct Stage(TempDir);

impl Rooms {
    /// Takes a turn: others that install, update or remove wait until this is dropped. What one before it left
    /// unfinished, because it was killed, is brought to an end first. `wait` is called where it takes waiting.
    ///
    /// # Errors
    /// As the file system says.
    pub fn open(paths: &Paths, wait: impl FnOnce()) -> Result<Self, Error> {
        let mut rooms = Self { paths: paths.clone(), turn: None };
        for dir in [rooms.work(), rooms.plugins()] {
            atomic::create_dir(&dir).map_err(|error| Error::io("create", &dir, &error))?;
        }
        let path = rooms.work().join("lock");
        let fail = |error: io::Error| Error::io("lock", &path, &error);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(fail)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                wait();
                rustix::io::retry_on_intr(|| flock(&file, FlockOperation::LockExclusive))
                    .map_err(|error| fail(error.into()))?;
            }
            Err(error) => return Err(fail(error.into())),
        }
        rooms.turn = Some(file);
        journal::recover(&rooms)?;
        rooms.tidy();
        Ok(rooms)
    }

    /// For a look at what would happen: nothing is locked, and nothing of leash's is touched.
    #[must_use]
    pub fn dry(paths: &Paths) -> Self {
        Self { paths: paths.clone(), turn: None }
    }

    /// Whether nothing may be changed.
    #[must_use]
    pub const fn is_dry(&self) -> bool {
        self.turn.is_none()
    }

    /// This user's directories.
    #[must_use]
    pub const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Where a plugin lies when it is installed.
    #[must_use]
    pub fn plugin(&self, name: &str) -> PathBuf {
        self.plugins().join(name)
    }

    /// The directory of all of them.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.paths.data.join("plugins")
    }

    /// Where plugins are made ready, on the same file system.
    pub(crate) fn work(&self) -> PathBuf {
        self.paths.data.join("install")
    }

    /// A new directory that nobody else can look into.
    pub(crate) fn stage(&self) -> Result<Stage, Error> {
        let around = if self.is_dry() { std::env::temp_dir() } else { self.work() };
        let mut builder = tempfile::Builder::new();
        builder.prefix(STAGE).rand_bytes(16).permissions(fs::Permissions::from_mode(0o700));
        builder
            .tempdir_in(&around)
            .map(Stage)
            .map_err(|error| Error::io("create a directory in", &around, &error))
    }

    /// Removes what killed commands left. It does no harm where it lies, so it does none where it can't be removed.
    fn tidy(&self) {
        let remove = |dir: &Path, is_left: &dyn Fn(&str) -> bool| {
            for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                if entry.file_name().to_str().is_some_and(is_left) {
                    let path = entry.path();
                    let _ = if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                        fs::remove_dir_all(path)
                    } else {
                        fs::remove_file(path)
                    };
                }
            }
        };
        let aside = |name: &str, of: &str| {
            name.strip_prefix('.')
                .and_then(|name| name.strip_prefix(of))
                .is_some_and(|rest| rest.ends_with(".tmp"))
        };
        remove(&self.work(), &|name| name.starts_with(STAGE) || aside(name, "journal.json."));
        remove(&self.paths.config, &|name| aside(name, "plugins.lock.") || aside(name, "publishers.toml."));
    }
}

impl Stage {
    /// The archive.
    pub(crate) fn archive(&self) -> PathBuf {
        self.0.path().join("archive")
    }

    /// What was unpacked from it.
    pub(crate) fn new_tree(&self) -> PathBuf {
        self.0.path().join("new")
    }

    /// What the directory itself is called.
    pub(crate) fn name(&self) -> String {
        self.0.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}
