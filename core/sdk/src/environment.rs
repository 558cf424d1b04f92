//! The plugin's environment. No other file of this crate reads it.
#![allow(
    clippy::disallowed_methods,
    reason = "everything that leash-sdk reads from the environment is read here"
)]

use std::{env, ffi::OsString};

/// A variable that is set, and is UTF-8.
pub(crate) fn text(name: &str) -> Option<String> {
    env::var(name).ok()
}

pub(crate) fn value(name: &str) -> Option<OsString> {
    env::var_os(name)
}
