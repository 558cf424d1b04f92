//! Looking at what lies at a plugin's path now.

use std::{
    os::{fd::OwnedFd, unix::fs::MetadataExt as _},
    path::PathBuf,
};

use leash_output::Error;
use leash_protocol::{context::Source, manifest::PluginKind};

use crate::{
    Digest, LoadedManifest, file,
    interpreter::is_program,
    sealed::Sealed,
    shebang::{self, Line},
    suitable,
    tree::{Taken, digest_tree_with},
};

/// A plugin as the resolver found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Its executable, or its library; an absolute path, as it was found.
    pub path: PathBuf,
    /// Where it was found.
    pub source: Source,
    /// What it says of itself.
    pub manifest: Option<LoadedManifest>,
    /// The directory of an installed plugin, the executable in it.
    pub dir: Option<PathBuf>,
}

/// A plugin's program, copied and hashed.
#[derive(Debug)]
pub(crate) struct Looked {
    /// The digest of the copy or, for an installed plugin, of its directory with the copy in it.
    pub digest: Digest,
    /// The copy.
    pub copy: Sealed,
    /// For a script: its first line.
    pub line: Option<Line>,
}

impl Looked {
    /// Copies and hashes what lies there.
    ///
    /// # Errors
    /// [`leash_output::Kind::Refused`] for what can't be granted anything, else as the file system says.
    pub(crate) fn at(found: &Found, kind: PluginKind) -> Result<Self, Error> {
        let path = &found.path;
        if !path.is_absolute() || path.to_str().is_none() {
            return Err(file::refused(path, "is not an absolute path in UTF-8"));
        }
        let (file, metadata) = file::open(path)?;
        suitable::check(path, &file, &metadata)?;
        if kind == PluginKind::Exec {
            suitable::check_executable(path)?;
        }
        let fail = |error: std::io::Error| Error::io("copy", path, &error);
        let copy = Sealed::copy(&file, &format!("leash-{}", found.name)).map_err(fail)?;
        let head = copy.head().map_err(fail)?;
        let line = match shebang::parse(&head) {
            Some(_) if kind == PluginKind::Dylib => return Err(file::refused(path, "is no dynamic library")),
            Some(line) => Some(line.map_err(|what| file::refused(path, &format!("can't be run: {what}")))?),
            None if is_program(&head) => None,
            None => return Err(file::refused(path, "is neither a program nor a script with a `#!` line")),
        };
        let digest = match &found.dir {
            Some(dir) => {
                let taken = Taken { inode: (metadata.dev(), metadata.ino()), digest: copy.digest };
                digest_tree_with(dir, taken)?
            }
            None => copy.digest,
        };
        Ok(Self { digest, copy, line })
    }

    /// The copy alone.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.copy.into_descriptor()
    }
}
