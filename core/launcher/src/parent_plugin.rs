//! The plugin inside which this leash runs, if it does.
//!
//! Such a leash acts for the agent that the plugin was told of, and never with a key: it would otherwise put the
//! variables of one agent together with the file of another.

use std::{env::VarError, fs};

use leash_output::{Error, Kind};
use leash_protocol::{MAX_DEPTH, context::Context, env as names};

use crate::environment;

/// How deep this leash runs inside another one; 0 at the top. What can't be read counts as too deep.
#[must_use]
pub fn depth() -> u32 {
    match environment::text(names::DEPTH) {
        Ok(text) => text.parse().unwrap_or(u32::MAX),
        Err(VarError::NotPresent) => 0,
        Err(VarError::NotUnicode(_)) => u32::MAX,
    }
}

/// Refuses to run deeper than the contract allows.
///
/// # Errors
/// [`Kind::Refused`].
pub fn refuse_deeper_than(most: u32) -> Result<(), Error> {
    if depth() <= most {
        return Ok(());
    }
    Err(Error::new(Kind::Refused, "depth", format!("leash runs more than {MAX_DEPTH} deep inside leash"))
        .hint("a plugin calls leash, which calls the plugin again: break the circle"))
}

/// The plugin's name, as it was told.
#[must_use]
pub fn plugin() -> String {
    environment::plugin_name().unwrap_or_else(|| "this plugin".to_owned())
}

/// Refuses what a plugin may not do.
///
/// # Errors
/// [`Kind::Refused`] inside a plugin.
pub fn refuse_inside_plugin() -> Result<(), Error> {
    if depth() == 0 {
        return Ok(());
    }
    let plugin = plugin();
    Err(Error::new(Kind::Refused, "no_grant", format!("plugin `{plugin}` has no grant to act as the agent"))
        .hint("run the command yourself, outside the plugin"))
}

/// What the plugin was told; nothing at the top, or where the plugin lost it.
#[must_use]
pub fn context() -> Option<Context> {
    if depth() == 0 {
        return None;
    }
    let text = environment::text(names::CONTEXT).ok().or_else(|| {
        let path = format!("/dev/fd/{}", descriptor(names::CONTEXT_FD)?);
        // A pipe would keep us waiting.
        fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        fs::read_to_string(path).ok()
    })?;
    serde_json::from_str(&text).ok()
}

/// Closes descriptors that were meant for this leash and not for what it executes. That of a passphrase may yet be
/// needed: see [`leash_vault::passphrase::discard`].
///
/// To be called while this process has opened nothing of its own.
pub(crate) fn close_inherited() {
    for variable in [names::CONTEXT_FD, names::SIGNER] {
        if let Some(number) = descriptor(variable) {
            // Where it isn't open there is nothing to close.
            let _ = nix::unistd::close(number);
        }
    }
}

/// The descriptor that a variable names, as `N` or `fd:N`; the standard three are the user's.
fn descriptor(variable: &str) -> Option<i32> {
    number(variable).filter(|number| *number > 2)
}

/// As leniently as it is read anywhere: what is taken for a number elsewhere must be closed here.
fn number(variable: &str) -> Option<i32> {
    let text = environment::text(variable).ok()?;
    let text = text.trim();
    text.strip_prefix("fd:").unwrap_or(text).parse().ok()
}
