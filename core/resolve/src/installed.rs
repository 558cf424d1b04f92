//! Plugins that were installed: `plugins/NAME/` in the data directory, with `leash-plugin.toml` and `leash-NAME`.
//!
//! A directory of that name is the command, whether what it holds can be run or not: a plugin that is broken is
//! never silently another one of the same name.

use std::{
    fs,
    path::{Path, PathBuf},
};

use leash_protocol::name;

use crate::{Concern, executable_problem, hygiene};

/// The manifest's name in an installed plugin's directory.
pub(crate) const MANIFEST: &str = "leash-plugin.toml";

/// A plugin that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its directory, which has its name.
    pub dir: PathBuf,
    /// Its executable, or its library.
    pub program: PathBuf,
}

impl Installed {
    /// The plugin of that name; none where its directory isn't there. A link is none: what is bound is a directory.
    pub(crate) fn of(plugins: &Path, command: &str) -> Option<Self> {
        let dir = plugins.join(command);
        fs::symlink_metadata(&dir).is_ok_and(|metadata| metadata.is_dir()).then(|| Self::at(dir, command))
    }

    fn at(dir: PathBuf, command: &str) -> Self {
        let program = dir.join(format!("leash-{command}"));
        Self { dir, program }
    }

    /// The plugin's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.dir.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Where its manifest lies.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.dir.join(MANIFEST)
    }

    /// Why it can't be run, as far as metadata says. A library need not be executable.
    #[must_use]
    pub fn problem(&self, is_library: bool) -> Option<String> {
        let places = [self.dir.parent(), Some(self.dir.as_path())];
        for place in places.into_iter().flatten() {
            let Ok(metadata) = fs::metadata(place) else {
                return Some(format!("`{}` can't be looked at", place.display()));
            };
            match hygiene::directory_concern(&metadata) {
                Some(Concern::Skipped(why)) => return Some(format!("`{}`: {why}", place.display())),
                Some(Concern::GroupWritable) => {
                    return Some(format!("`{}`: its group can write it", place.display()));
                }
                None => {}
            }
        }
        let what = match executable_problem(&self.program)? {
            _ if fs::symlink_metadata(&self.program).is_err() => "it isn't there",
            hygiene::NOT_EXECUTABLE if is_library => return None,
            problem => problem,
        };
        Some(format!("`{}`: {what}", self.program.display()))
    }
}

/// All of them, in no order.
pub(crate) fn all(plugins: &Path) -> Vec<Installed> {
    let entries = fs::read_dir(plugins).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| {
            let command = entry.file_name().into_string().ok().filter(|command| name::is_valid(command))?;
            Some(Installed::at(entry.path(), &command))
        })
        .collect()
}
