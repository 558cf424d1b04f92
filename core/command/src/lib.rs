//! What a built-in command is handed, and how it is run: its arguments, the API, the chain, and the plugin's signer where
//! leash runs inside a plugin.

mod acting;
mod builtin;
mod chain;
mod global_args;
mod host;
mod parse;
mod plugin_signer;
mod reach;
mod run;
mod typed;

pub use acting::Acting;
pub use builtin::Builtin;
pub use global_args::global_args;
pub use host::{Host, Table};
pub use leash_launcher::{COMPLETE_VARIABLE, execute, loader, plugin_name, search_path, version_details};
pub use parse::command_of;
pub use run::{run, with};
pub use typed::{typed_body, typed_network};
