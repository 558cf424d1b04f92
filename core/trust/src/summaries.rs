//! What plugins say of themselves in a list, remembered so that a hundred manifests needn't be read for one.
//!
//! A summary is kept in the cache directory under all that changes when its manifest does, and only of one that was
//! read, found right, and had not changed shortly before. It decides nothing but what is shown.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use leash_files::{
    Paths, Stamp, atomic,
    trust::{self, Others},
};
use leash_output::Error;
use leash_protocol::manifest::PluginKind;
use leash_resolve::Target;
use serde::{Deserialize, Serialize};

use crate::{bundled, find::check_installed, manifest_of};

/// The version of the file's form.
const VERSION: u32 = 1;

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What it is for; a stranger's text.
    pub summary: String,
    /// Its version; likewise.
    pub version: String,
    is_library: bool,
}

/// Summaries of one listing.
pub struct Summaries {
    path: Option<PathBuf>,
    known: BTreeMap<PathBuf, (Stamp, Summary)>,
    /// Those of this listing that are to be kept.
    kept: BTreeMap<PathBuf, (Stamp, Summary)>,
    /// Whether one of them wasn't known.
    is_new: bool,
    now: SystemTime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    v: u32,
    summaries: Vec<(PathBuf, Stamp, Summary)>,
}

impl Summaries {
    /// Those of this user; none for one without a home.
    #[must_use]
    pub fn open(paths: Option<&Paths>) -> Self {
        let path = paths.map(|paths| paths.cache.join("summaries.json"));
        let bytes = path.as_deref().and_then(|path| trust::read(path, Others::Nothing).ok().flatten());
        let stored = bytes.and_then(|bytes| serde_json::from_slice::<Stored>(&bytes).ok());
        let stored = stored.filter(|stored| stored.v == VERSION).map(|stored| stored.summaries);
        let known = stored.into_iter().flatten().map(|(path, stamp, summary)| (path, (stamp, summary)));
        Self { path, known: known.collect(), kept: BTreeMap::new(), is_new: false, now: SystemTime::now() }
    }

    /// The same at another time: what is kept depends on how long ago a manifest was changed, and a test doesn't wait.
    #[must_use]
    pub fn at(self, now: SystemTime) -> Self {
        Self { now, ..self }
    }

    /// What a command of the table says of itself; `None` where it says nothing.
    ///
    /// # Errors
    /// As [`manifest_of`].
    pub fn of(&mut self, name: &str, target: &Target) -> Result<Option<Summary>, Error> {
        let place = match target {
            Target::Builtin | Target::Alias(_) => return Ok(None),
            Target::Bundled(path) | Target::Path(path) => path.with_file_name(format!("leash-{name}.toml")),
            Target::Installed(installed) => installed.manifest(),
        };
        let stamp = Stamp::at(&place);
        if let Some((stamp, summary)) =
            self.known.remove(&place).filter(|(then, _)| Some(then) == stamp.as_ref())
        {
            if let Target::Installed(installed) = target {
                check_installed(name, installed, summary.is_library)?;
            }
            self.kept.insert(place, (stamp, summary.clone()));
            return Ok(Some(summary));
        }
        if let (Target::Bundled(_), None) = (target, &stamp)
            && let Some((summary, version)) = bundled::summary_of(name)
        {
            let (summary, version) = (summary.to_owned(), version.to_owned());
            return Ok(Some(Summary { summary, version, is_library: false }));
        }
        let Some(loaded) = manifest_of(name, target)? else { return Ok(None) };
        let manifest = loaded.manifest;
        let summary = Summary {
            summary: manifest.summary,
            version: manifest.version,
            is_library: manifest.kind == PluginKind::Dylib,
        };
        if let Some(stamp) =
            stamp.filter(|then| then.is_settled(self.now) && Stamp::at(&place).as_ref() == Some(then))
        {
            self.kept.insert(place, (stamp, summary.clone()));
            self.is_new = true;
        }
        Ok(Some(summary))
    }

    /// Keeps what this listing saw, if it saw anything new. Where that fails, the manifests are read again.
    pub fn keep(self) {
        let Some(path) = self.path.filter(|_| self.is_new) else { return };
        let summaries = self.kept.into_iter().map(|(path, (stamp, summary))| (path, stamp, summary));
        let stored = Stored { v: VERSION, summaries: summaries.collect() };
        if let Ok(text) = serde_json::to_vec(&stored)
            && atomic::create_dir(path.parent().unwrap_or_else(|| Path::new("."))).is_ok()
            && path.symlink_metadata().map_or(true, |there| there.is_file())
        {
            let _ = atomic::replace(&path, &text);
        }
    }
}
