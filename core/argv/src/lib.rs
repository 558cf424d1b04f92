//! What was typed.
//!
//! `leash [GLOBAL OPTIONS] NAME [ARGUMENTS]`: this crate tells the three apart and touches nothing else, no
//! file and no environment. What stands after the name belongs to the command; a built-in takes the global
//! options there, too, and gets them from the same table ([`FLAGS`]).

mod globals;
mod split;
mod timeout;

pub use globals::{FLAGS, Flag, Globals, global_help};
pub use split::{Action, Typed, split};
pub use timeout::parse_timeout;
