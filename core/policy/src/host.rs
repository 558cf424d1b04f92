//! Hosts, as a list of them means them: in one spelling, however they were written.

use std::net::{IpAddr, Ipv6Addr};

use url::{Host, Url};

/// A host in its one spelling: lower case, IDN as punycode, no trailing dot; an address as the number it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A name.
    Domain(String),
    /// An address.
    Address(IpAddr),
}

impl Name {
    /// The host that a request to this URL would go to. A user before an `@` and a port make no difference.
    ///
    /// # Errors
    /// Says why there is none.
    pub fn of_url(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`{}` is no scheme that can be paid", url.scheme()));
        }
        url.host().as_ref().map(Self::from_host).ok_or_else(|| "it has no host".to_owned())?
    }

    /// A host in a list: a name or an address, and nothing around it.
    ///
    /// # Errors
    /// Says why it is none. An entry that could never match would be a ban that bans nothing.
    pub fn of_entry(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if let Ok(address) = trimmed.parse::<Ipv6Addr>() {
            return Ok(Self::address(IpAddr::V6(address)));
        }
        if trimmed.contains('*') {
            return Err("a name stands for all names below it, so leave out the `*`".to_owned());
        }
        if trimmed.contains("://") || trimmed.contains('/') {
            return Err("name the host alone, without scheme and path".to_owned());
        }
        match Host::parse(trimmed) {
            Ok(Host::Domain(name)) => Self::from_host(&Host::Domain(name.as_str())),
            Ok(Host::Ipv4(address)) => Ok(Self::address(address.into())),
            Ok(Host::Ipv6(address)) => Ok(Self::address(address.into())),
            Err(_) if trimmed.contains('@') => Err("name the host alone, without a user".to_owned()),
            Err(_) if trimmed.contains(':') => Err("a host has no port".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn from_host(host: &Host<&str>) -> Result<Self, String> {
        match *host {
            Host::Ipv4(address) => Ok(Self::address(address.into())),
            Host::Ipv6(address) => Ok(Self::address(address.into())),
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                if name.is_empty() || name.split('.').any(str::is_empty) {
                    return Err("a part of the name is empty".to_owned());
                }
                Ok(Self::Domain(name))
            }
        }
    }

    /// An IPv4 address that is written as an IPv6 one is the same machine.
    fn address(address: IpAddr) -> Self {
        Self::Address(address.to_canonical())
    }

    /// Whether an entry of a list means this host: the same, or a name that ends in the entry's.
    #[must_use]
    pub fn is_meant_by(&self, entry: &Self) -> bool {
        match (self, entry) {
            (Self::Domain(host), Self::Domain(entry)) => {
                host.strip_suffix(entry.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            _ => self == entry,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Domain(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(url: &str, entry: &str) -> bool {
        Name::of_url(url).expect(url).is_meant_by(&Name::of_entry(entry).expect(entry))
    }

    #[test]
    fn spellings_of_one_host() {
        for url in [
            "https://evil.example/x",
            "https://EVIL.Example/x",
            "https://evil.example./x",
            "https://evil.example:8443/x",
            "https://good.example@evil.example/x",
            "https://user:pass@evil.example:1/x",
            "https://a.b.evil.example/x",
            "http:\\\\evil.example\\x",
            "https://ev%69l.example/",
            "https:evil.example",
            " https://evil.example ",
            "https://ｅｖｉｌ.example",
        ] {
            assert!(meant(url, "evil.example"), "{url}");
            assert!(meant(url, "EVIL.example."), "{url}");
        }
        for url in [
            "https://notevil.example",
            "https://evil.example.org",
            "https://evil.example@good.example",
            "https://example",
        ] {
            assert!(!meant(url, "evil.example"), "{url}");
        }
        assert!(meant("https://bücher.example", "xn--bcher-kva.example"));
        assert!(meant("https://xn--bcher-kva.example", "BÜCHER.example"));
    }

    #[test]
    fn addresses() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1:80/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::ffff:127.0.0.1]/",
            "http://127.0.0.1./",
        ] {
            assert!(meant(url, "127.0.0.1"), "{url}");
            assert!(meant(url, "::ffff:127.0.0.1"), "{url}");
        }
        for entry in ["::1", "[::1]", "[0:0:0:0:0:0:0:1]"] {
            assert!(meant("http://[::1]:80/", entry), "{entry}");
        }
        // The end of an address is no name that others are below.
        assert!(!meant("http://10.1.2.3/", "1.2.3"));
    }

    #[test]
    fn what_is_no_host() {
        for entry in [
            "",
            " ",
            "*.example.com",
            "https://a.example",
            "a.example/x",
            "a.example:80",
            "u@a.example",
            ".example.com",
            "a..b",
            ".",
            "a b",
            "[::1]:80",
        ] {
            assert!(Name::of_entry(entry).is_err(), "{entry:?}");
        }
        for url in [
            "",
            "x",
            "//a.example",
            "mailto:a@b.example",
            "file:///x",
            "https://",
            "ftp://a.example",
            "https://a..b/",
        ] {
            assert!(Name::of_url(url).is_err(), "{url:?}");
        }
    }
}
