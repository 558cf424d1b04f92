//! What leash says when something fails: one file for each area, with the command, the message and hint, the exit
//! status and the document of `--json`.

mod api;
mod files;
mod identity;
mod install;
mod keys;
mod pay;
mod plugins;
mod policy;
mod receipts;
mod treasury;
mod usage;

/// Nobody answers there.
pub(super) const NOWHERE: &str = "http://127.0.0.1:9";
