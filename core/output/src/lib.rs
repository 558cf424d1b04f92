//! Where leash speaks.
//!
//! stdout is for what can be piped: text or, under `--json`, one document. Everything else goes to
//! stderr. Text that came from elsewhere passes through [`escape`] before it reaches a terminal.

mod ask;
mod closed;
mod code;
mod command;
mod count;
mod error;
mod escape;
mod fit;
mod hide;
mod out;
mod progress;
mod style;

pub use ask::{can_ask, confirm};
pub use closed::{pipe_signal_was_ignored, standard_were_closed};
pub use code::Code;
pub use command::{Needs, NeedsOf, Repeated, command, quoted, repeat_in_commands, with_commands};
pub use count::count;
pub use error::{Error, Kind};
pub use escape::escape;
pub use fit::{fit, stdout_width};
pub use hide::hide_keys;
pub use out::{Out, STDOUT, stdout_is_open, write_stdout};
pub use progress::Progress;
pub use style::{Color, Palette};
