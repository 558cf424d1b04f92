//! An index: a TOML or JSON file that says which releases there are, and where.

use leash_output::{Error, Kind};
use leash_trust::Digest;
use semver::Version;
use serde::Deserialize;

use crate::{Place, PublicKey, Release};

/// The most bytes of an index.
pub const MAX_INDEX: u64 = 4 << 20;
/// The longest summary.
const MAX_SUMMARY: usize = 500;

/// What an index says.
#[derive(Debug, Clone)]
pub struct Index {
    /// Where it lies.
    pub place: Place,
    /// The releases that make sense.
    pub entries: Vec<Entry>,
    /// What is wrong with the others. They take nothing from those that make sense.
    pub problems: Vec<String>,
}

/// A release in an index.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub release: Release,
    /// What it is for, in a few words of the publisher's.
    pub summary: String,
    /// Where the archive lies.
    pub archive: Place,
    /// Who publishes it.
    pub publisher: PublicKey,
    /// The publisher's signature, base58. It is checked when the release is installed.
    pub signature: String,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    version: String,
    #[serde(default)]
    summary: String,
    platform: String,
    url: String,
    size: u64,
    sha256: String,
    publisher: PublicKey,
    signature: String,
}

/// The whole file; its entries are looked at one by one.
#[derive(Deserialize)]
struct File<T> {
    schema: u32,
    #[serde(default = "Vec::new")]
    plugin: Vec<T>,
}

impl Index {
    /// Reads an index: JSON where it begins with `{`, else TOML.
    ///
    /// # Errors
    /// [`Kind::Failure`] where it is no index, or of a later form.
    pub fn parse(bytes: &[u8], place: &Place) -> Result<Self, Error> {
        let wrong = |what: String| {
            Error::new(Kind::Failure, "bad_index", format!("`{place}` is no index of plugins: {what}")).hint(
                "check `[plugins] index` in config.toml, or `--index`; whoever keeps the index can mend it",
            )
        };
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
        let (schema, written) = if text.trim_start().starts_with('{') {
            let file: File<serde_json::Value> =
                serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            let read = |value| serde_json::from_value::<Written>(value).map_err(|error| error.to_string());
            (file.schema, file.plugin.into_iter().map(read).collect::<Vec<_>>())
        } else {
            let file: File<toml::Value> =
                toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
            let read =
                |value: toml::Value| value.try_into::<Written>().map_err(|error| error.message().to_owned());
            (file.schema, file.plugin.into_iter().map(read).collect())
        };
        if schema != 1 {
            return Err(wrong(format!("its schema is {schema}, and this leash knows 1")));
        }
        let mut index = Self { place: place.clone(), entries: Vec::new(), problems: Vec::new() };
        for (at, written) in written.into_iter().enumerate() {
            match written.and_then(|written| Entry::check(written, place)) {
                Ok(entry) => index.entries.push(entry),
                Err(what) => {
                    index.problems.push(format!("entry {} of `{place}` makes no sense: {what}", at + 1));
                }
            }
        }
        Ok(index)
    }

    /// The releases of a plugin.
    pub fn releases<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.release.name == name)
    }
}

impl Entry {
    fn check(written: Written, place: &Place) -> Result<Self, String> {
        let Written { name, version, platform, sha256, size, .. } = &written;
        let release = Release::check(name, version, platform, sha256, *size)?;
        if written.summary.len() > MAX_SUMMARY {
            return Err(format!("its summary has more than {MAX_SUMMARY} bytes"));
        }
        let archive = place.join(&written.url)?;
        Ok(Self {
            release,
            summary: written.summary,
            archive,
            publisher: written.publisher,
            signature: written.signature,
        })
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.release.version
    }

    /// The digest of the archive.
    #[must_use]
    pub const fn sha256(&self) -> Digest {
        self.release.sha256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::Path("/i/index.toml".into())
    }

    fn entry(name: &str) -> String {
        let publisher = format!("ed25519:{}", bs58::encode([9; 32]).into_string());
        format!(
            "[[plugin]]\nname = \"{name}\"\nversion = \"1.0.0\"\nplatform = \"any\"\nurl = \"a.zip\"\nsize = 1\n\
             sha256 = \"{}\"\npublisher = \"{publisher}\"\nsignature = \"x\"\n",
            "ab".repeat(32)
        )
    }

    #[test]
    fn a_wrong_entry_spoils_no_other() {
        let text = format!("schema = 1\n{}{}[[plugin]]\nname = 3\n{}", entry("a"), entry("B"), entry("c"));
        let index = Index::parse(text.as_bytes(), &place()).expect("an index");
        let names: Vec<_> = index.entries.iter().map(|entry| entry.release.name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(index.problems.len(), 2, "{:?}", index.problems);
        assert_eq!(index.entries[0].archive, Place::Path("/i/a.zip".into()));
    }

    #[test]
    fn json_says_the_same() {
        let toml = format!("schema = 1\n{}", entry("a"));
        let value: toml::Value = toml::from_str(&toml).expect("TOML");
        let json = serde_json::to_string(&value).expect("JSON");
        let index = Index::parse(json.as_bytes(), &place()).expect("an index");
        assert_eq!((index.entries.len(), index.problems.len()), (1, 0), "{:?}", index.problems);
    }

    #[test]
    fn what_is_no_index() {
        for text in [
            "",
            "schema = 2",
            "{}",
            "{\"schema\":1,\"plugin\":{}}",
            "plugin = []",
            "schema = 1\nplugin = 3",
            "<html>",
        ] {
            assert!(Index::parse(text.as_bytes(), &place()).is_err(), "{text}");
        }
        assert!(Index::parse(b"\xff", &place()).is_err());
        assert!(Index::parse(b"schema = 1", &place()).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(schema = 1\n)?(\\[\\[plugin\\]\\]\n)?.{0,60}") {
            let _ = Index::parse(text.as_bytes(), &place());
        }
    }
}
