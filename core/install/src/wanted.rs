//! What a person typed to say which plugin is meant.

use std::path::Path;

use leash_output::Error;
use leash_protocol::name;
use semver::Version;

use crate::{Place, release::parse_version};

/// What is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A plugin of an index; the latest version that runs here, or a certain one.
    Named(String, Option<Version>),
    /// A directory or an archive.
    At(Place),
}

impl Wanted {
    /// Reads it: `NAME` and `NAME@VERSION` are of an index, all else is a path or a URL. A directory that is called like
    /// a plugin is meant by `./NAME`.
    ///
    /// # Errors
    /// [`leash_output::Kind::Usage`] where it makes no sense.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Error> {
        if let Some((name, version)) = text.split_once('@').filter(|(name, _)| name::is_valid(name)) {
            let version = parse_version(version)
                .map_err(|what| Error::usage(what).hint("type it in full, such as `sell-report@1.2.0`"))?;
            return Ok(Self::Named(name.to_owned(), Some(version)));
        }
        if name::is_valid(text) {
            return Ok(Self::Named(text.to_owned(), None));
        }
        Place::parse(text, base).map(Self::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        let base = Path::new("/base");
        let named = |name: &str, version: Option<&str>| {
            Some(Wanted::Named(name.into(), version.map(|text| Version::parse(text).expect("a version"))))
        };
        assert_eq!(Wanted::parse("foo", base).ok(), named("foo", None));
        assert_eq!(Wanted::parse("foo@1.2.3", base).ok(), named("foo", Some("1.2.3")));
        assert_eq!(Wanted::parse("./foo", base).ok(), Some(Wanted::At(Place::Path("/base/foo".into()))));
        assert_eq!(Wanted::parse("a.tgz", base).ok(), Some(Wanted::At(Place::Path("/base/a.tgz".into()))));
        for text in ["foo@", "foo@1", "foo@latest", "", "http://example.com/a.zip"] {
            assert!(Wanted::parse(text, base).is_err(), "{text}");
        }
    }
}
