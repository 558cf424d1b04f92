#![doc = include_str!("../README.md")]

mod clock;
mod endpoints;
mod own;
mod payment;
mod search;
mod signed;
mod trail;

pub use clock::{Clock, SystemClock};
pub use endpoints::Endpoints;
pub use own::{Outcome as OwnOutcome, Submission, Unnoted};
pub use payment::{Depth, Finding, Outcome, Payment, RELEASE_AFTER, REPLACE_AFTER, Tracker, Witnesses};
pub use signed::Signed;
pub use trail::Trail;
