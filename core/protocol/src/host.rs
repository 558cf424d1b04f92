//! Hosts that are this machine.

use std::net::IpAddr;

/// Whether a URL's host, as a URL parser gives it, can only be this machine: a loopback address, `localhost` or a name below
/// it. To no other host may a credential be sent unencrypted, unless the user allows it.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = address.parse::<IpAddr>() {
        return address.is_loopback();
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_what_cannot_leave_the_machine() {
        for local in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "localhost.", "api.localhost"] {
            assert!(is_loopback(local), "{local}");
        }
        for remote in [
            "",
            "10.0.0.1",
            "[::2]",
            "localhost.example",
            "mylocalhost",
            "127.0.0.1.example",
            "::ffff:1.2.3.4",
        ] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }
}
