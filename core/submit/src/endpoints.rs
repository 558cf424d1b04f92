//! The RPC endpoints of an agent: the one that everything is asked of, and those that confirm what one alone isn't believed.

use leash_chain::Network;
use leash_rpc::Rpc;

/// The endpoints of one network, no two at the same place.
#[derive(Debug)]
pub struct Endpoints {
    first: Rpc,
    more: Vec<Rpc>,
    network: Network,
}

impl Endpoints {
    /// The endpoint of an agent, and further ones. Of several at one place (host and port, in whatever spelling) one counts.
    #[must_use]
    pub fn new(first: Rpc, more: impl IntoIterator<Item = Rpc>, network: Network) -> Self {
        let mut kept: Vec<Rpc> = Vec::new();
        for rpc in more {
            let is_new = |other: &Rpc| place(other.origin()) != place(rpc.origin());
            if is_new(&first) && kept.iter().all(is_new) {
                kept.push(rpc);
            }
        }
        Self { first, more: kept, network }
    }

    /// The one that everything is asked of.
    #[must_use]
    pub const fn first(&self) -> &Rpc {
        &self.first
    }

    /// All of them, that one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Rpc> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// Whether an endpoint belongs to this network: `rpc_urls` may name endpoints of several.
    pub(crate) async fn has(&self, rpc: &Rpc) -> bool {
        let prefix = self.network.caip2().trim_start_matches("solana:");
        rpc.genesis_hash().await.is_ok_and(|hash| hash.starts_with(prefix))
    }
}

/// Host and port of an origin, in one spelling: whoever runs one scheme of a host runs the other.
fn place(origin: &str) -> (String, Option<&str>) {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (rest, None),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = if ["localhost", "[::1]"].contains(&host.as_str()) { "127.0.0.1".to_owned() } else { host };
    (host, port.filter(|port| !["80", "443"].contains(port)))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn one_place_has_many_spellings() {
        let same = ["https://rpc.example.com", "http://RPC.example.com.", "https://rpc.example.com:443"];
        assert!(same.iter().all(|origin| place(origin) == place(same[0])));
        assert_eq!(place("http://localhost:8899"), place("http://127.0.0.1:8899"));
        assert_ne!(place("http://127.0.0.1:8899"), place("http://127.0.0.1:8900"));
    }
}
