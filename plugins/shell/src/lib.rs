//! What shells and `man` know of leash: completions and manual pages, made from the one table of commands and
//! from the manifests of plugins. No plugin is run for it.

mod completions;
mod man;
mod names;
mod tree;

pub use completions::{Completions, complete};
pub use man::Man;
