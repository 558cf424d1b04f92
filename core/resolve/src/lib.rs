//! From a command's name to what runs.
//!
//! One [`Table`] answers for running, listing, `which`, help and completion, in this order: built-in,
//! bundled with the host, alias, installed, PATH. It looks at names and metadata only: nothing is run,
//! nothing is read, and no directory of PATH is touched for a name that can't be a command's.

mod candidates;
mod hygiene;
mod installed;
mod shadow;
mod suggest;
mod table;

pub use candidates::Candidate;
pub use hygiene::{Concern, PathDir, check_path, executable_problem, open_executables};
pub use installed::Installed;
pub use shadow::{Copies, copies_of_host};
pub use suggest::nearest;
pub use table::{Listed, Table, Target, UNKNOWN_COMMAND};
