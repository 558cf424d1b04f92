//! The examples, run as the host runs them, with a mock in the place of the signer.
#![allow(missing_docs, clippy::unwrap_used)]

mod documents;
mod misbehaving;
mod python;
mod run;
mod shell;
