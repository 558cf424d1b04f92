//! Names of the environment variables that a plugin gets, and of those that it never gets.

/// The contract's version.
pub const PROTOCOL: &str = "LEASH_PROTOCOL";
/// Absolute path of the host.
pub const BIN: &str = "LEASH_BIN";
/// Version of the host.
pub const VERSION: &str = "LEASH_VERSION";
/// Name under which the plugin was called.
pub const PLUGIN: &str = "LEASH_PLUGIN";
/// 128 random bits in hex, the same for everything that one command line starts.
pub const INVOCATION: &str = "LEASH_INVOCATION";
/// How deep leash runs inside leash, from 1.
pub const DEPTH: &str = "LEASH_DEPTH";
/// The agent's mint.
pub const AGENT_MINT: &str = "LEASH_AGENT_MINT";
/// Public half of the executive key.
pub const EXECUTIVE_PUBKEY: &str = "LEASH_EXECUTIVE_PUBKEY";
/// `solana-devnet` or `solana-mainnet`.
pub const NETWORK: &str = "LEASH_NETWORK";
/// Base URL of the API.
pub const API_URL: &str = "LEASH_API_URL";
/// URL of the Solana RPC endpoint.
pub const RPC_URL: &str = "LEASH_RPC_URL";
/// Base URL of the explorer.
pub const EXPLORER_URL: &str = "LEASH_EXPLORER_URL";
/// The context document, where it is small enough.
pub const CONTEXT: &str = "LEASH_CONTEXT";
/// A descriptor that holds the whole context document.
pub const CONTEXT_FD: &str = "LEASH_CONTEXT_FD";
/// Where the signer listens; unset where nothing may be signed.
pub const SIGNER: &str = "LEASH_SIGNER";

/// The executive key, for the host alone.
pub const EXECUTIVE_KEY: &str = "LEASH_EXECUTIVE_KEY";
/// An API key, for the host alone.
pub const API_KEY: &str = "LEASH_API_KEY";
/// The most that one payment may take; it can only tighten a policy.
pub const PER_CALL_USDC: &str = "LEASH_PER_CALL_USDC";
/// The most that one day may take, likewise.
pub const PER_DAY_USDC: &str = "LEASH_PER_DAY_USDC";
/// Stops every payment of the process that is started with it, and of the plugins below it.
pub const KILL: &str = "LEASH_KILL";
/// The user's limits reach every plugin, since a leash inside it would else know none.
pub const POLICY: [&str; 2] = [PER_CALL_USDC, PER_DAY_USDC];
/// Chooses among several agents; beats every other variable of an identity.
pub const AGENT: &str = "LEASH_AGENT";
/// Prefix of the variables that unlock a protected key, for the host alone.
pub const PASSPHRASE_PREFIX: &str = "LEASH_PASSPHRASE";

/// A descriptor to read such a passphrase from, for the host alone.
pub const PASSPHRASE_FD: &str = "LEASH_PASSPHRASE_FD";

/// The variables of the public identity; all unset where no agent is configured.
pub const IDENTITY: [&str; 6] = [AGENT_MINT, EXECUTIVE_PUBKEY, NETWORK, API_URL, RPC_URL, EXPLORER_URL];

/// Version of the executable that handed a built-in command over, for the one that has the built-ins.
pub const HANDED_OVER_BY: &str = "LEASH_HANDED_OVER_BY";

/// The highest descriptor that a variable names, since a shell's `<&N` can name no higher one.
pub const MAX_FD: i32 = 9;

/// The most bytes that [`CONTEXT`] may hold.
pub const CONTEXT_INLINE_MAX: usize = 32 * 1024;

/// Whether a variable holds a secret of the host's and so never reaches a plugin.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    name == EXECUTIVE_KEY || name == API_KEY || name.starts_with(PASSPHRASE_PREFIX)
}
