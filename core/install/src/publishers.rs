//! `publishers.toml` in the configuration directory: whose signature each plugin's releases bear. A key is taken in with
//! the first release, by the plugin's name wherever it came from, and stays when the plugin goes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leash_files::Paths;
use leash_output::{Error, Kind};
use serde::{Deserialize, Serialize};

use crate::{
    PublicKey,
    lockfile::{read_file, write_file},
};

/// The known keys, by the name of the plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publishers {
    v: u32,
    /// The keys.
    #[serde(default)]
    pub plugin: BTreeMap<String, Known>,
}

/// A key that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The key.
    pub publisher: PublicKey,
    /// Since when.
    pub since: Timestamp,
}

/// What a release's signature means for what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody signed it, and nobody is known to sign that plugin.
    Unsigned,
    /// The known key.
    Known(PublicKey),
    /// The first key for that plugin.
    First(PublicKey),
    /// Another key than before, which the user named.
    Accepted(PublicKey),
}

impl Standing {
    /// The key.
    #[must_use]
    pub const fn key(self) -> Option<PublicKey> {
        match self {
            Self::Unsigned => None,
            Self::Known(key) | Self::First(key) | Self::Accepted(key) => Some(key),
        }
    }
}

const FILE: &str = "publishers.toml";

impl Publishers {
    /// Reads them.
    ///
    /// # Errors
    /// Where the file can't be read, trusted or understood: then no key is known to be the right one.
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        read_file(paths, FILE, 1, |known: &Self| known.v).map(Option::unwrap_or_default)
    }

    /// Writes them, whole or not at all.
    ///
    /// # Errors
    /// As the file system says.
    pub fn write(&mut self, paths: &Paths) -> Result<(), Error> {
        self.v = 1;
        write_file(
            paths,
            FILE,
            "# Whose signature each plugin's releases bear. `leash plugin` writes this file.\n",
            self,
        )
    }

    /// Judges who signed a release of a plugin; `named` is the key that the user named.
    ///
    /// # Errors
    /// [`Kind::Refused`] where it is somebody else than it was, or than the user named, or nobody.
    pub fn judge(
        &self,
        name: &str,
        signed: Option<PublicKey>,
        named: Option<PublicKey>,
    ) -> Result<Standing, Error> {
        let known = self.plugin.get(name).map(|known| known.publisher);
        let refuse = |code: &'static str, what: String| Error::new(Kind::Refused, code, what);
        match (signed, named, known) {
            (None, Some(named), _) => {
                Err(refuse("unsigned", format!("`{name}` is not signed, and you named the publisher `{named}`"))
                    .hint("leave `--publisher` out, or get an archive with its signature"))
            }
            (None, None, Some(known)) => Err(refuse(
                "unsigned",
                format!("`{name}` is not signed, and its releases were signed by `{known}` so far"),
            )
            .hint(format!(
                "get an archive with its signature; to let go of that publisher: `leash plugin remove {name} --forget-publisher`"
            ))),
            (None, None, None) => Ok(Standing::Unsigned),
            (Some(signed), Some(named), _) if signed != named => Err(refuse(
                "other_publisher",
                format!("`{name}` is signed by `{signed}`, and you named the publisher `{named}`"),
            )
            .hint("ask its author which key is right")),
            (Some(signed), _, Some(known)) if signed == known => Ok(Standing::Known(signed)),
            (Some(signed), Some(_), Some(_)) => Ok(Standing::Accepted(signed)),
            (Some(signed), None, Some(known)) => Err(refuse(
                "other_publisher",
                format!("the publisher of `{name}` has changed: it was `{known}`, and this is signed by `{signed}`"),
            )
            .hint(format!(
                "ask its author, elsewhere, whether that is so; if it is, repeat the command with `--publisher {signed}`"
            ))),
            (Some(signed), _, None) => Ok(Standing::First(signed)),
        }
    }

    /// Takes in what a release that was installed says.
    pub(crate) fn learn(&mut self, name: &str, standing: Standing) -> bool {
        match standing {
            Standing::First(publisher) | Standing::Accepted(publisher) => {
                self.plugin.insert(name.to_owned(), Known { publisher, since: Timestamp::now() });
                true
            }
            Standing::Known(_) | Standing::Unsigned => false,
        }
    }
}
