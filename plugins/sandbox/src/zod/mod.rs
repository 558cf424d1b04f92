//! Validation as the original's library (zod 3) does it, down to the order of an issue's fields.
//!
//! A [`Schema`] is data; [`parse`] holds a value against it and gives the value that the handler sees (known
//! fields only, in the schema's order, defaults filled in) or the document that the client gets.

mod check;
mod issue;
mod schema;

pub(crate) use check::parse;
pub(crate) use issue::{custom, document};
pub(crate) use schema::{NumberCheck, Schema, TextCheck};
