//! What is different around the plugin in one case.

use rustix::process::Signal;

use super::{answers, signer};

/// The world of one run; by default everything is as it should be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct World {
    pub(super) signer: signer::Mood,
    pub(super) api: answers::Mood,
    pub(super) who: Who,
    pub(super) json: bool,
    /// Whether the context is larger than its variable may be.
    pub(super) big: bool,
    /// Whether the context has what this version of the contract doesn't know.
    pub(super) later: bool,
    pub(super) stdout: Stdout,
    pub(super) stdin_closed: bool,
    /// Whether its one argument is `--help`.
    pub(super) help: bool,
    /// What it is sent, once it waits for the signer.
    pub(super) signal: Option<(Signal, To)>,
}

/// Who the plugin acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Who {
    #[default]
    Granted,
    /// An agent, and no signer.
    Ungranted,
    /// Nobody.
    Nobody,
    /// It is started by hand: there is no leash.
    Alone,
}

/// Where its output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Stdout {
    #[default]
    Kept,
    /// A pipe that nobody reads.
    Gone,
    /// A disk without room.
    Full,
    Closed,
}

/// Who gets a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// The plugin alone, as from `kill`.
    Process,
    /// The processes that it started, too, as from a terminal.
    Group,
}
