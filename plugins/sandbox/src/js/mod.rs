//! The parts of JavaScript that the original API's answers depend on: its strings, numbers, JSON and dates.
//!
//! The original runs on JavaScript, and clients see it: lengths count UTF-16 units, `limit=0x10` is a
//! number, a timestamp is whatever `Date.parse` takes. All but dates is `leash-js`, which receipts need as well.

pub(crate) mod date;

pub(crate) use leash_js::{Text, Value, json, number, object};
