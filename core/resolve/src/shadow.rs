//! Several copies of leash on one machine, and which of them a shell finds.

use std::{
    ffi::OsStr,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// The copies of leash that this process can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// The one that answers.
    pub running: PathBuf,
    /// Those on PATH, in its order, each file once.
    pub on_path: Vec<PathBuf>,
    /// Whether the running one is the first on PATH.
    pub running_is_first: bool,
}

impl Copies {
    /// What the user should know, in one line; nothing where one copy is alone or none is on PATH.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let running = self.running.display();
        let first = self.on_path.first()?;
        if !self.running_is_first {
            return Some(format!(
                "`{running}` answered, but a fresh shell finds `{}` first; to change that, remove it or put \
                 `{}` first in PATH, then type `hash -r`",
                first.display(),
                parent(&self.running).display()
            ));
        }
        let shadowed = self.on_path.get(1)?;
        Some(format!(
            "`{running}` answered and shadows `{}`; if that is the one you want, remove the first or put `{}` first \
             in PATH, then type `hash -r`",
            shadowed.display(),
            parent(shadowed).display()
        ))
    }
}

/// Looks for copies of leash, as a shell looks.
#[must_use]
pub fn copies_of_host(running: &Path, path: &OsStr) -> Copies {
    let here = std::env::current_dir().unwrap_or_default();
    let identity = |path: &Path| std::fs::metadata(path).map(|m| (m.dev(), m.ino())).ok();
    let mut seen = Vec::new();
    let mut on_path = Vec::new();
    for copy in which::which_in_all("leash", Some(path), here).into_iter().flatten() {
        let file = identity(&copy);
        if !seen.contains(&file) {
            seen.push(file);
            on_path.push(copy);
        }
    }
    let running_is_first = seen.first().is_some_and(|first| *first == identity(running));
    Copies { running: running.to_owned(), on_path, running_is_first }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
