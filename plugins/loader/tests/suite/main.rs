//! The loader, run as the host runs it, on libraries that a compiler has just made.
#![allow(missing_docs, clippy::unwrap_used)]

mod calls;
mod example;
mod misbehaving;
mod run;
mod runs;
