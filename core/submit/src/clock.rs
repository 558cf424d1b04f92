//! The local clock, as a parameter: tests hand in one of their own.

use jiff::Timestamp;

/// Tells the time.
pub trait Clock {
    /// The time at this moment.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
