//! Who the agent is.
//!
//! One agent's identity lies in a file (`agent.json`, the original client's own) or in the environment;
//! [`resolve`] puts the two together and says where each part came from. [`Settings`] are the host's own
//! (`config.toml`). Everything that this crate reads is checked first ([`trust`]): who owns it, and who
//! else could have read or written it. Everything that it writes is written whole or not at all
//! ([`atomic`]).

mod agent_file;
pub mod atomic;
mod code;
mod environment;
mod file_reader;
mod home;
mod key;
mod no_agent;
mod paths;
mod public;
mod random;
mod resolve;
mod settings;
mod stamp;
pub mod store;
pub mod trust;

pub use agent_file::AgentFile;
pub use code::{AGENT_EXISTS, NO_HOME};
pub use environment::{Environment, Selection};
pub use key::{Key, Locked};
pub use leash_chain::Network;
pub use no_agent::NoAgent;
pub use paths::{DEFAULT_AGENT, Paths, is_agent_name};
pub use public::{Public, ResolvedPublic, resolve_public, resolve_public_at};
pub use random::random;
pub use resolve::{Identity, Note, Origin, Resolved, check_api_key, resolve};
pub use settings::{Alias, Settings};
pub use stamp::Stamp;
