//! From what was typed to what runs it: aliases, built-ins, plugins, and the signer that a grant takes.
//!
//! [`main`] walks the whole way: what was typed, what it stands for, and then either a built-in, which another executable
//! has, or a plugin, which takes over this process and is handed the context.
//!
//! Nothing here connects to a server or parses the arguments of a command: this crate depends on no HTTP client, no TLS, no
//! runtime and no clap, which `cargo tree -p leash` shows and a test asserts.
//!
//! This crate knows no built-in by name: they are a table that it is given.

mod agent;
mod alias;
mod authorise;
mod builtin;
mod context;
mod describe;
mod descriptors;
mod dispatch;
mod environment;
mod exec;
mod executable;
mod external;
mod granted;
mod handlers;
mod handover;
mod help;
mod host;
mod launch;
pub mod parent_plugin;
mod payments;
mod prepare;
mod signer;
mod variables;
mod version;

pub use builtin::Builtins;
pub use dispatch::{COMPLETE_VARIABLE, asks_for_a_document, execute, main};
pub use environment::{has_signer, plugin_name, search_path};
pub use executable::loader;
pub use handlers::{Complete, Handlers, Run};
pub use handover::{adopt_plain, hand_over, hand_over_completion, refuse_another_half};
pub use host::Host;
pub use version::version_details;
