//! What is noted of a link while it is asked for, so that a command that was killed can be typed again: it reports the
//! link that the first one made, and makes no second one.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use leash_api::NewPaymentLink;
use leash_chain::Address;
use leash_files::{Paths, atomic};
use leash_output::Error;
use serde::{Deserialize, Serialize};

/// A note: everything in it is public or goes to the API anyway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The link's id.
    pub(super) id: String,
    /// The API that was asked.
    api: String,
    /// The API key that the link belongs to, as the API shows it.
    pub(super) key: String,
    /// When it was asked for first, by this machine's clock.
    begun: Timestamp,
    /// All that was asked for but the id, as it was sent.
    asked: String,
}

/// A note on the disk, held by this process.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) note: Note,
    /// Whether an earlier command wrote it and was cut off.
    pub(super) is_earlier: bool,
    path: PathBuf,
    _lock: File,
}

impl Note {
    /// A note of a new link; `link` has no id yet.
    pub(super) fn new(link: &NewPaymentLink, api: &str, key: String) -> Result<Self, Error> {
        let id = NewPaymentLink::random_id().map_err(leash_connect::api_error)?;
        let asked = serde_json::to_string(link).unwrap_or_default();
        Ok(Self { id, api: api.to_owned(), key, begun: Timestamp::now(), asked })
    }

    fn asks_for_the_same_as(&self, other: &Self) -> bool {
        self.api == other.api && self.asked == other.asked
    }
}

/// Takes up what an earlier command of this agent's noted of the same link (where `take_up` allows it), or writes down the
/// new note.
///
/// # Errors
/// As the file system says; nothing was noted then.
pub(super) fn hold(paths: &Paths, mint: &Address, new: &Note, take_up: bool) -> Result<Held, Error> {
    let dir = paths.data.join("links").join(mint.to_string());
    atomic::create_dir(&dir).map_err(|error| Error::io("create", &dir, &error))?;
    // Held while notes are looked through, so that no other process takes up the same one, or one that is not held yet.
    let all = File::open(&dir).and_then(|dir| dir.lock().map(|()| dir));
    let _all = all.map_err(|error| Error::io("lock", &dir, &error))?;
    if take_up && let Some(earlier) = find(&dir, new)? {
        return Ok(earlier);
    }
    let path = dir.join(format!("{}.json", new.id));
    let bytes = serde_json::to_vec(new).unwrap_or_default();
    atomic::write_new(&path, &bytes).map_err(|error| Error::io("write", &path, &error))?;
    match lock(&path) {
        Ok(Some(lock)) => Ok(Held { note: new.clone(), is_earlier: false, path, _lock: lock }),
        Ok(None) => Err(Error::failure("busy", format!("`{}` is in use", Paths::display(&path)))),
        Err(error) => Err(Error::io("lock", &path, &error)),
    }
}

/// The note of the same link whose process is gone.
fn find(dir: &Path, new: &Note) -> Result<Option<Held>, Error> {
    let entries = fs::read_dir(dir).map_err(|error| Error::io("read", dir, &error))?;
    let mut found: Option<Held> = None;
    for entry in entries {
        let path = entry.map_err(|error| Error::io("read", dir, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        // A note that can't be understood is of no use, and no reason to make no link.
        let Some(note) = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok())
        else {
            continue;
        };
        let is_older = found.as_ref().is_none_or(|found| note.begun < found.note.begun);
        if is_older
            && note.asks_for_the_same_as(new)
            && let Ok(Some(lock)) = lock(&path)
        {
            found = Some(Held { note, is_earlier: true, path, _lock: lock });
        }
    }
    Ok(found)
}

fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Held {
    /// Forgets it: what became of the link is known, and was said.
    pub(super) fn forget(self) {
        let _ = fs::remove_file(&self.path);
        let _ = File::open(self.path.parent().unwrap_or(Path::new("."))).and_then(|dir| dir.sync_all());
    }
}
