//! What a built-in is handed: the launcher's run, and a runtime in which it waits for servers.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
};

use leash_connect::{Connector, Runtime};
use leash_output::Error;

use crate::Builtin;

/// The built-in commands.
pub type Table = &'static [&'static dyn Builtin];

/// One run of a built-in. It is the launcher's run as well.
pub struct Host {
    launcher: leash_launcher::Host,
    commands: Table,
    runtime: Runtime,
}

impl Host {
    /// The run that the launcher began, with these commands.
    #[must_use]
    pub fn new(launcher: leash_launcher::Host, commands: Table) -> Self {
        Self { launcher, commands, runtime: Runtime::default() }
    }

    /// Gives the launcher's run back.
    #[must_use]
    pub fn into_launcher(self) -> leash_launcher::Host {
        self.launcher
    }

    /// The version of leash.
    #[must_use]
    pub const fn version() -> &'static str {
        leash_launcher::Host::version()
    }

    /// The file of `leash`, links resolved, also where this process is the one that has the built-in commands.
    ///
    /// # Errors
    /// Where the system doesn't say.
    pub fn executable() -> Result<PathBuf, Error> {
        leash_launcher::Host::executable()
    }

    /// The built-in commands.
    #[must_use]
    pub const fn commands(&self) -> Table {
        self.commands
    }

    /// The command itself, by its first name.
    pub(crate) fn command(&self, name: &str) -> Option<&'static dyn Builtin> {
        self.commands.iter().copied().find(|command| command.outline().name == name)
    }

    /// Runs a future to its end. The runtime is made at the first call.
    ///
    /// # Errors
    /// Where the system has no resources for a runtime.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.runtime.block_on(future)
    }

    /// What makes the clients of this run.
    #[must_use]
    pub fn connector(&self) -> Connector<'_> {
        Connector::new(&self.launcher, &self.runtime)
    }
}

impl Deref for Host {
    type Target = leash_launcher::Host;

    fn deref(&self) -> &Self::Target {
        &self.launcher
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.launcher
    }
}
