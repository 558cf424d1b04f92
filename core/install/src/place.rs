//! Where something lies: a path on this machine, or a URL.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use leash_output::Error;
use url::Url;

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An absolute path.
    Path(PathBuf),
    /// An `https://` URL, or an `http://` one of this machine.
    Url(Url),
}

impl Place {
    /// Reads what was typed or written down. A path is taken from `base`, if it doesn't say where it begins.
    ///
    /// # Errors
    /// [`leash_output::Kind::Usage`] for a URL that can't be used.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Error> {
        if !text.contains("://") {
            if text.is_empty() {
                return Err(
                    Error::usage("an empty path leads nowhere").hint("name a file, a directory or a URL")
                );
            }
            // Without the `.` that may stand in it.
            return Ok(Self::Path(base.join(text).components().collect()));
        }
        let url =
            Url::parse(text).map_err(|error| Error::usage(format!("`{text}` is no usable URL: {error}")))?;
        check(&url)?;
        Ok(Self::Url(url))
    }

    /// The place that a text in a file at this place means.
    ///
    /// # Errors
    /// What is wrong with it. A file from elsewhere never leads to a path of this machine.
    pub fn join(&self, text: &str) -> Result<Self, String> {
        match self {
            Self::Url(base) => {
                let url = base.join(text).map_err(|error| format!("`{text}` is no usable URL: {error}"))?;
                check(&url).map_err(|error| error.message().to_owned())?;
                Ok(Self::Url(url))
            }
            Self::Path(base) => Self::parse(text, base.parent().unwrap_or_else(|| Path::new("/")))
                .map_err(|error| error.message().to_owned()),
        }
    }

    /// The place of the signature that lies beside an archive.
    #[must_use]
    pub fn signature(&self) -> Self {
        match self {
            Self::Path(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".sig");
                Self::Path(name.into())
            }
            Self::Url(url) => {
                let mut url = url.clone();
                let path = format!("{}.sig", url.path());
                url.set_path(&path);
                Self::Url(url)
            }
        }
    }

    /// What sort of place: `path` or `url`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Url(_) => "url",
        }
    }
}

/// What may be fetched: https; plain http from this machine alone, for others could exchange what is under way.
fn check(url: &Url) -> Result<(), Error> {
    let local = url.host_str().is_some_and(leash_protocol::host::is_loopback);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::usage("a URL with a user name or a password in it is not used")
            .hint("download the archive yourself, and install the file"));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if local => Ok(()),
        "http" => Err(Error::usage(format!("`{url}` is plain http, which others can read and change"))
            .hint("use its `https://` address, or download it and install the file with `--sha256`")),
        scheme => Err(Error::usage(format!("nothing can be fetched by `{scheme}`"))
            .hint("name a path, or an `https://` URL")),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Url(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let base = Path::new("/base");
        assert_eq!(Place::parse("a/b", base).ok(), Some(Place::Path("/base/a/b".into())));
        assert_eq!(Place::parse("/a", base).ok(), Some(Place::Path("/a".into())));
        for url in
            ["https://x.example/i.toml", "http://127.0.0.1:1/x", "http://[::1]/x", "http://localhost:1/x"]
        {
            assert!(matches!(Place::parse(url, base), Ok(Place::Url(_))), "{url}");
        }
        for url in
            ["http://x.example/", "ftp://x/", "file:///etc/passwd", "https://u:p@x/", "http://127.0.0.1.x/"]
        {
            assert!(Place::parse(url, base).is_err(), "{url}");
        }
    }

    #[test]
    fn what_an_index_names() {
        let index = Place::parse("https://x.example/d/i.toml", Path::new("/")).expect("a place");
        assert_eq!(
            index.join("a.zip").map(|place| place.to_string()),
            Ok("https://x.example/d/a.zip".into())
        );
        assert_eq!(index.join("/etc/x").map(|place| place.to_string()), Ok("https://x.example/etc/x".into()));
        for text in ["file:///etc/passwd", "http://x.example/a"] {
            assert!(index.join(text).is_err(), "{text}");
        }
        let index = Place::Path("/d/i.toml".into());
        assert_eq!(index.join("a.zip").map(|place| place.to_string()), Ok("/d/a.zip".into()));
        assert_eq!(index.signature(), Place::Path("/d/i.toml.sig".into()));
    }
}
