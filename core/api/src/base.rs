//! The API's URL: what may be one, and the exact address of each request below it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use leash_protocol::host::is_loopback;
use url::{Host, Url};

use crate::Error;

/// A checked base URL: http or https, no user, query or fragment, its path without a trailing slash.
#[derive(Debug, Clone)]
pub(crate) struct BaseUrl {
    /// Everything up to the path, path prefix included; a request's path is put right behind it.
    text: String,
    prefix: String,
    origin: String,
    secure: bool,
    local: Local,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Local {
    Elsewhere,
    Address,
    /// `localhost` and names below it.
    Name(String),
}

/// Where one request goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// Path and query as they are sent, so also as they are signed.
    pub(crate) path_and_query: String,
}

impl BaseUrl {
    /// Never quotes the text in an error: it may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::InvalidUrl { reason: reason.to_owned() };
        let url = Url::parse(text).map_err(|e| refuse(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("it is neither `http` nor `https`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it holds a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it has a query or a fragment"));
        }
        let local = match url.host() {
            Some(Host::Domain(name)) if is_loopback(name) => Local::Name(name.to_owned()),
            Some(host) if is_loopback(&host.to_string()) => Local::Address,
            Some(_) => Local::Elsewhere,
            None => return Err(refuse("it names no host")),
        };
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            prefix: url.path().trim_end_matches('/').to_owned(),
            origin: url.origin().ascii_serialization(),
            secure: url.scheme() == "https",
            local,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn is_https(&self) -> bool {
        self.secure
    }

    /// Whether what is sent there stays on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.local != Local::Elsewhere
    }

    /// For `localhost` and names below it: the name, and the only addresses that it may mean. A resolver
    /// is free to say otherwise, and then a credential would leave the machine in clear.
    pub(crate) fn pinned(&self) -> Option<(&str, [IpAddr; 2])> {
        match &self.local {
            Local::Name(name) => Some((name, [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])),
            Local::Elsewhere | Local::Address => None,
        }
    }

    /// The address of `path_and_query` (which starts with `/`) below this URL, normalised once: what this
    /// returns is what is signed and what is sent.
    pub(crate) fn target(&self, path_and_query: &str) -> Result<Target, Error> {
        let refuse = |reason: &str| Error::InvalidRequest { reason: reason.to_owned() };
        if !path_and_query.starts_with('/') {
            return Err(refuse("a path starts with `/`"));
        }
        if path_and_query.chars().any(char::is_control) {
            return Err(refuse("a path holds no control characters"));
        }
        let mut url = Url::parse(&format!("{}{path_and_query}", self.text))
            .map_err(|e| refuse(&format!("the path is not usable: {e}")))?;
        if url.fragment().is_some() {
            return Err(refuse("a path has no fragment (`#`)"));
        }
        let inside = url.path().strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'));
        if !inside || url.origin().ascii_serialization() != self.origin {
            return Err(refuse("the path leads out of the API's URL"));
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        let path_and_query = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Target { url, path_and_query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text).expect(text)
    }

    fn sent(text: &str, path: &str) -> String {
        base(text).target(path).expect(path).url.to_string()
    }

    #[test]
    fn trailing_slashes_go_and_a_prefix_stays() {
        assert_eq!(sent("https://api.example", "/v1/x"), "https://api.example/v1/x");
        assert_eq!(sent("https://api.example/", "/v1/x"), "https://api.example/v1/x");
        assert_eq!(sent("https://api.example:443/a/b//", "/v1/x"), "https://api.example/a/b/v1/x");
        assert_eq!(base("http://h/a/").target("/v1/x?y").expect("target").path_and_query, "/a/v1/x?y");
    }

    #[test]
    fn what_is_signed_is_normalised_as_it_is_sent() {
        for (given, signed) in [
            ("/v1/x?", "/v1/x"),
            ("/v1/x?q='a b'&\"<>", "/v1/x?q=%27a%20b%27&%22%3C%3E"),
            ("/v1/ä?ö", "/v1/%C3%A4?%C3%B6"),
            ("/v1/a/../b/./c", "/v1/b/c"),
            ("/v1/a'b", "/v1/a'b"),
            ("//evil.example/x", "//evil.example/x"),
        ] {
            let target = base("http://localhost:1").target(given).expect(given);
            assert_eq!(target.path_and_query, signed);
            assert_eq!(target.url.as_str(), format!("http://localhost:1{signed}"));
        }
    }

    #[test]
    fn a_path_stays_below_the_url() {
        for path in ["v1/x", "", "/../x", "/%2e%2e/x", "/a/../../ab", "/x#y", "/a\nb", "/a\tb"] {
            let error = base("http://h/api").target(path).expect_err(path);
            assert_eq!(error.code(), "invalid_argument", "{path}");
        }
        assert_eq!(sent("http://h", "/@evil.example/x"), "http://h/@evil.example/x");
        assert_eq!(sent("http://h", "/\\evil.example/x"), "http://h//evil.example/x");
    }

    #[test]
    fn loopback_is_what_cannot_leave_the_machine() {
        for local in [
            "http://127.0.0.1:8",
            "http://127.9.9.9",
            "http://[::1]",
            "http://LOCALHOST",
            "http://a.localhost.",
        ] {
            assert!(base(local).is_loopback(), "{local}");
        }
        for remote in [
            "http://localhost.example",
            "http://notlocalhost",
            "http://0.0.0.0",
            "http://10.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://127.0.0.1.example",
        ] {
            assert!(!base(remote).is_loopback(), "{remote}");
        }
    }

    #[test]
    fn a_bad_url_is_refused_without_a_word_of_it() {
        for bad in [
            "",
            "api.example",
            "ftp://h",
            "file:///etc",
            "http://",
            "https://user:hunter2@h",
            "https://hunter2@h",
            "https://h?hunter2",
            "https://h/#hunter2",
            "https://h:hunter2/",
        ] {
            let error = BaseUrl::parse(bad).expect_err(bad);
            assert_eq!(error.code(), "invalid_url", "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
