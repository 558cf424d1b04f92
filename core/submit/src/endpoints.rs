//! The RPC endpoints of an agent: the one that everything is asked of, and those that confirm what one alone isn't believed.

use leash_chain::Network;
use leash_rpc::Rpc;

/// The endpoints of one network, no two at the same address.
#[derive(Debug)]
pub struct Endpoints {
    first: Rpc,
    more: Vec<Rpc>,
    network: Network,
}

impl Endpoints {
    /// The endpoint of an agent, and further ones. Of several at one address (scheme, host and port) one counts.
    #[must_use]
    pub fn new(first: Rpc, more: impl IntoIterator<Item = Rpc>, network: Network) -> Self {
        let mut kept: Vec<Rpc> = Vec::new();
        for rpc in more {
            if rpc.origin() != first.origin() && kept.iter().all(|it| it.origin() != rpc.origin()) {
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
