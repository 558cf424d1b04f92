//! The parts of JavaScript that the original API's answers depend on: its strings, numbers, JSON and dates.
//!
//! The original runs on JavaScript, and clients see it: lengths count UTF-16 units, `limit=0x10` is a
//! number, a timestamp is whatever `Date.parse` takes. These modules say the same as a JavaScript engine.

pub(crate) mod date;
pub(crate) mod json;
pub(crate) mod number;
mod print;
mod text;
mod value;

pub(crate) use text::Text;
pub(crate) use value::{Value, object};
