//! Where leash's files are ([`Paths`]), and how they are read and written.
//!
//! Every file is checked before it is read ([`trust`]): who owns it, and who else could have read or written it. Every
//! file is written whole or not at all ([`atomic`]). [`Settings`] are what `config.toml` says. No key passes through here.

pub mod atomic;
mod home;
mod paths;
mod random;
mod settings;
mod stamp;
pub mod trust;

use leash_output::Code;

pub use paths::{DEFAULT_AGENT, Paths, is_agent_name};
pub use random::{random, random_id};
pub use settings::{Alias, Settings};
pub use stamp::Stamp;

/// The code of the error that says that the user has no home directory.
pub const NO_HOME: Code = Code::new("no_home");
