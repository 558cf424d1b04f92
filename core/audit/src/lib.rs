//! What was signed for plugins, and what was refused: one line each, keyed and chained.
//!
//! A log belongs to one executive key ([`Log`]). Each line ([`Entry`]) carries the code of the line before it and
//! its own, made with a key that comes from the executive secret ([`AuditKey`]); so a line can't be changed, added,
//! moved or taken out by someone without that secret and not be found by [`Log::verify`]. Lines that are cut off at
//! the end leave no gap: to see that, compare count and head with those of an earlier verification.

mod entry;
mod file;
mod key;
mod line;
mod lines;
mod log;
mod tail;
mod verify;

pub use entry::{Entry, Payment};
pub use key::AuditKey;
pub use lines::{Line, Lines};
pub use log::Log;
pub use verify::{Bad, Report};

/// The most bytes of one line, without the newline. What a plugin wrote is cut so that it fits.
pub const MAX_LINE: usize = 24 * 1024;
