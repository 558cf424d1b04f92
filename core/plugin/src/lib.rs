//! What runs.
//!
//! [`main`] walks the whole way: what was typed, what it stands for, and then either a [`Builtin`], which is
//! handed a [`Host`], or another executable, which takes over this process and is handed the context.
//!
//! The built-ins are a table that this crate is given. The only command that it runs by name is `help`.

mod acting;
mod agent;
mod alias;
mod builtin;
mod chain;
mod context;
mod describe;
mod dispatch;
mod environment;
mod exec;
mod external;
mod granted;
mod handover;
mod help;
mod host;
mod launch;
mod nested;
mod outer;
mod parse;
mod payments;
mod reach;
mod signer;
mod variables;
mod version;

pub use acting::Acting;
pub use builtin::{Builtin, Builtins, Complete, Outline, Run, Which};
pub use chain::rpc_error;
pub use dispatch::{COMPLETE_VARIABLE, execute, main, run_builtin};
pub use environment::{plugin_name, search_path};
pub use handover::{adopt_plain, hand_over, hand_over_completion};
pub use host::Host;
pub use launch::loader;
pub use parse::command_of;
pub use reach::{api_error, is_local_and_down};
pub use version::version_details;
