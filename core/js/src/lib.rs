//! The parts of JavaScript that receipts, and the answers of the original API, depend on: strings of UTF-16 units,
//! numbers as `JSON.stringify` prints them, objects whose names come in JavaScript's order.

pub mod json;
pub mod number;
mod print;
mod text;
mod value;

pub use text::{Text, is_space};
pub use value::{Value, object};
