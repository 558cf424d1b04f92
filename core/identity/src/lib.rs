//! Who the agent is.
//!
//! One agent's identity lies in a file (`agent.json`, the original client's own) or in the environment;
//! [`resolve`] puts the two together and says where each part came from. Files are checked, read and written
//! by `leash-files`.

mod agent_file;
mod code;
mod environment;
mod file_reader;
mod key;
mod no_agent;
mod public;
mod resolve;
pub mod store;

pub use agent_file::AgentFile;
pub use code::AGENT_EXISTS;
pub use environment::{Environment, Selection};
pub use key::{Key, Locked};
pub use leash_chain::Network;
pub use no_agent::NoAgent;
pub use public::{Public, ResolvedPublic, resolve_public, resolve_public_at};
pub use resolve::{Identity, Note, Origin, Resolved, check_api_key, resolve};
