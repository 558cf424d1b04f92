//! Handing this process over to a plugin, in three steps.
//!
//! The plugin is executed in the process that the shell started, so its exit status, its signals and its
//! terminal are the kernel's business. No secret of the host's goes with it.

use std::ffi::{OsStr, OsString};

use leash_output::Error;
use leash_resolve::Target;

use crate::{Host, authorise::authorise, launch::launch, prepare::prepare};

/// Executes the plugin that a name stands for. Comes back only where that failed.
///
/// Each step takes what the one before it made, so none can be left out or come sooner.
pub(crate) fn run(host: &Host, name: &OsStr, target: &Target, arguments: &[OsString]) -> Result<(), Error> {
    let prepared = prepare(host, name, target, arguments)?;
    let authorised = authorise(prepared)?;
    match launch(authorised)? {}
}
