//! The lines of a ledger.

use std::borrow::Cow;

use leash_output::Error;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What a line says. Amounts are the smallest units, as decimal text.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Written<'a> {
    Reserve {
        id: Cow<'a, str>,
        day: Cow<'a, str>,
        time: Cow<'a, str>,
        amount: Cow<'a, str>,
        key: Cow<'a, str>,
        url: Cow<'a, str>,
    },
    Settle {
        id: Cow<'a, str>,
        time: Cow<'a, str>,
        amount: Cow<'a, str>,
    },
    Release {
        id: Cow<'a, str>,
        time: Cow<'a, str>,
        why: Cow<'a, str>,
        by: Witness,
    },
    /// A payment that was released, and was made after all.
    Recount {
        id: Cow<'a, str>,
        time: Cow<'a, str>,
        amount: Cow<'a, str>,
    },
}

/// Who says that a payment was never made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// leash itself: nothing was handed out.
    Leash,
    /// One RPC endpoint, which may lie. Lines of 0.1.0, which don't say, count as this.
    OneEndpoint,
    /// Two RPC endpoints.
    TwoEndpoints,
}

/// All that can stand in a line, read without copying: there may be a hundred thousand of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    day: Option<Cow<'a, str>>,
    #[serde(borrow)]
    amount: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    why: Option<Cow<'a, str>>,
    by: Option<Witness>,
}

impl<'a> Written<'a> {
    /// Reads a line. It has what belongs to what it says, and nothing else.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let Raw { op, id, time, day, amount, key, url, why, by } =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match (op.as_ref(), day, amount, key, url, why, by) {
            ("reserve", Some(day), Some(amount), Some(key), Some(url), None, None) => {
                Ok(Self::Reserve { id, day, time, amount, key, url })
            }
            ("settle", None, Some(amount), None, None, None, None) => Ok(Self::Settle { id, time, amount }),
            ("recount", None, Some(amount), None, None, None, None) => Ok(Self::Recount { id, time, amount }),
            ("release", None, None, None, None, Some(why), by) => {
                Ok(Self::Release { id, time, why, by: by.unwrap_or(Witness::OneEndpoint) })
            }
            ("reserve" | "settle" | "recount" | "release", ..) => {
                Err(format!("it isn't all that a line of `{op}` has"))
            }
            _ => Err(format!("`{op}` is nothing that a line can say")),
        }
    }
}

/// The first line.
pub(super) fn header(agent: &str) -> String {
    json!({ "v": 1, "kind": "spending", "agent": agent }).to_string()
}

/// The same for a plugin's.
pub(super) fn plugin_header(plugin: &str) -> String {
    json!({ "v": 1, "kind": "spending", "plugin": plugin }).to_string()
}

pub(super) fn print(written: &Written<'_>) -> Result<String, Error> {
    serde_json::to_string(written)
        .map_err(|error| Error::failure("internal", format!("cannot write a line of spending: {error}")))
}
