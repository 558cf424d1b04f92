//! The process's environment. No other file of this crate reads it.
#![allow(
    clippy::disallowed_methods,
    reason = "everything that leash-launcher reads from the environment is read here"
)]

use std::{
    env::{self, VarError, VarsOs},
    ffi::OsString,
};

use leash_protocol::env as names;

/// `PATH`, empty where it isn't set.
#[must_use]
pub fn search_path() -> OsString {
    value("PATH").unwrap_or_default()
}

/// The name of the plugin inside which this process runs, if the plugin kept the variable.
#[must_use]
pub fn plugin_name() -> Option<String> {
    text(names::PLUGIN).ok()
}

/// Whether the plugin around this process was given a signer.
#[must_use]
pub fn has_signer() -> bool {
    value(names::SIGNER).is_some()
}

pub(crate) fn text(name: &str) -> Result<String, VarError> {
    env::var(name)
}

pub(crate) fn value(name: &str) -> Option<OsString> {
    env::var_os(name)
}

pub(crate) fn all() -> VarsOs {
    env::vars_os()
}
