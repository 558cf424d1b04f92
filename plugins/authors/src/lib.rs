//! For the people who write plugins: `leash plugin new` makes one that works, `leash plugin lint` says what is
//! wrong with what it says of itself, and `leash plugin test` how it behaves when things go wrong around it.

mod conform;
mod lint;
mod new;
mod subject;

pub use conform::{TestArgs, run as test};
pub use lint::{LintArgs, run as lint};
pub use new::{NewArgs, run as new};
