//! What is asked for, and what comes of it.

use std::path::PathBuf;

use leash_trust::Digest;
use serde::Serialize;

use crate::{Place, PublicKey, Standing, Wanted};

/// What to install, and on which terms. An update is the same, with what was installed before to start from.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which plugin.
    pub wanted: Wanted,
    /// For an update: the name under which it is installed.
    pub expected: Option<String>,
    /// The digest that the archive must have.
    pub sha256: Option<Digest>,
    /// Whether a local path may be unsigned.
    pub unsigned: bool,
    /// The publisher's key that it must be signed with, be it another one than before.
    pub publisher: Option<PublicKey>,
    /// Where plugins are looked for by name: the first index that knows a name is the one.
    pub indexes: Vec<Place>,
    /// Whether to pin it, or to undo that; none leaves it as it is.
    pub pin: Option<bool>,
    /// Whether an older version may take the place of a newer one.
    pub allow_downgrade: bool,
    /// Whether the same version may be put in place again.
    pub reinstall: bool,
}

/// What is, or would be, done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It wasn't there.
    Install,
    /// A later version takes the place of an earlier one.
    Update,
    /// An earlier version takes the place of a later one.
    Downgrade,
    /// The same version is put in place again.
    Reinstall,
    /// What was installed is missing or was changed, and is put in place again.
    Mend,
    /// It is there already.
    Unchanged,
}

/// All that a person may want to know before saying yes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The plugin.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// The version.
    pub version: String,
    /// The version that was there.
    pub old_version: Option<String>,
    /// What it is for, in the author's words.
    pub summary: String,
    /// `directory`, `archive`, `url` or `index`.
    pub source: &'static str,
    /// The path or URL of that.
    pub location: String,
    /// The digest of the archive.
    pub sha256: Digest,
    /// The digest of the directory, as trust binds it; none where a dry run can't tell.
    pub digest: Option<Digest>,
    /// Who signed it.
    pub publisher: Standing,
    /// What it runs on.
    pub platform: String,
    /// Whether updates will leave it as it is.
    pub pinned: bool,
    /// Where it lies.
    pub path: PathBuf,
    /// What it asks for.
    pub asks: Vec<String>,
    /// What the version before asked for.
    pub asked: Option<Vec<String>>,
    /// Keys of the manifest that this leash doesn't know.
    pub unknown_keys: Vec<String>,
    /// Whether a grant ends by this.
    pub ends_grant: bool,
}

impl Plan {
    /// Whether anything changes.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        self.action != Action::Unchanged
    }
}
