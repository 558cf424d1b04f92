//! The lines of a ledger.

use leash_output::Error;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a line says. Amounts are the smallest units, as decimal text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Written {
    Reserve { id: String, day: String, time: String, amount: String, key: String, url: String },
    Settle { id: String, time: String, amount: String },
    Release { id: String, time: String, why: String },
}

/// The first line.
pub(super) fn header(agent: &str) -> String {
    json!({ "v": 1, "kind": "spending", "agent": agent }).to_string()
}

/// The same for a plugin's.
pub(super) fn plugin_header(plugin: &str) -> String {
    json!({ "v": 1, "kind": "spending", "plugin": plugin }).to_string()
}

pub(super) fn print(written: &Written) -> Result<String, Error> {
    serde_json::to_string(written)
        .map_err(|error| Error::failure("internal", format!("cannot write a line of spending: {error}")))
}
