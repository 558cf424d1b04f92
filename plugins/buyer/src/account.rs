//! Whose treasury pays, and where it is: all that is known of an agent but its key.

use leash_chain::{Address, Network};
use leash_signature::Secret;

/// An agent that pays.
pub struct Account {
    /// Its mint.
    pub mint: Address,
    /// The public half of the key that signs.
    pub executive: Address,
    /// Where it lives.
    pub network: Network,
    /// Base URL of the API, which is told of the receipts.
    pub api_url: String,
    /// URL of the RPC endpoint.
    pub rpc_url: String,
    /// Base URL of the explorer.
    pub explorer_url: String,
    /// The key for the API, where there is one.
    pub api_key: Option<Secret<String>>,
}
