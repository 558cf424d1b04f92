//! `plugins.lock` in the configuration directory: what is installed, and where it came from. For people to read and to
//! keep under version control; what is written by hand into it is kept only where leash knows it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leash_files::{
    Paths, atomic,
    trust::{self, Others},
};
use leash_output::{Error, Kind};
use leash_trust::Digest;
use serde::{Deserialize, Serialize};

use crate::PublicKey;

/// What is installed, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockfile {
    v: u32,
    /// The plugins.
    #[serde(default)]
    pub plugin: BTreeMap<String, Locked>,
}

/// A plugin as it was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// Its version.
    pub version: String,
    /// `directory`, `archive`, `url` or `index`.
    pub source: String,
    /// The path or URL of that.
    pub location: String,
    /// The digest of the archive; of a directory, that of the archive which `leash plugin pack` would make of it.
    pub sha256: Digest,
    /// The digest of the installed directory, as trust binds it.
    pub digest: Digest,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublicKey>,
    /// What it runs on.
    pub platform: String,
    /// Whether `update` leaves it as it is.
    #[serde(default)]
    pub pinned: bool,
    /// When it was installed.
    pub installed_at: Timestamp,
}

impl Lockfile {
    /// Reads it; an absent one says that nothing is installed.
    ///
    /// # Errors
    /// Where it can't be read, trusted or understood.
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        read_file(paths, FILE, 1, |lock: &Self| lock.v).map(Option::unwrap_or_default)
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write(&mut self, paths: &Paths) -> Result<(), Error> {
        self.v = 1;
        write_file(
            paths,
            FILE,
            "# What `leash plugin install` installed. `leash plugin` writes this file.\n",
            self,
        )
    }
}

const FILE: &str = "plugins.lock";

/// Reads one of our TOML files in the configuration directory.
pub(crate) fn read_file<T: serde::de::DeserializeOwned>(
    paths: &Paths,
    name: &str,
    version: u32,
    its: impl Fn(&T) -> u32,
) -> Result<Option<T>, Error> {
    let path = paths.config.join(name);
    let Some(bytes) = trust::read(&path, Others::Read)? else { return Ok(None) };
    let wrong = |what: &str| {
        Error::new(
            Kind::Failure,
            "malformed_lockfile",
            format!("cannot understand `{}`: {what}", Paths::display(&path)),
        )
        .hint("mend it, or move it away and install the plugins again")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("it is not UTF-8"))?;
    let read: T = toml::from_str(text).map_err(|error| wrong(error.message()))?;
    if its(&read) == version {
        Ok(Some(read))
    } else {
        Err(wrong("it is of a form that this leash doesn't know"))
    }
}

/// Writes one.
pub(crate) fn write_file<T: Serialize>(
    paths: &Paths,
    name: &str,
    head: &str,
    value: &T,
) -> Result<(), Error> {
    let path = paths.config.join(name);
    let text = toml::to_string(value).map_err(|error| Error::failure("internal", error.to_string()))?;
    atomic::create_dir(&paths.config).map_err(|error| Error::io("create", &paths.config, &error))?;
    atomic::replace(&path, format!("{head}{text}").as_bytes())
        .map_err(|error| Error::io("write", &path, &error))
}
