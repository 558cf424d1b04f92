//! `leash plugin`: which plugins there are, and which may have requests signed. `leash audit`: what was signed.

mod audit;
mod installed;
mod plugin;

pub use audit::Audit;
pub use installed::damaged_plugins;
pub use plugin::Plugin;
