//! What a plugin may have signed, and whether it is still the plugin that was trusted.
//!
//! [`load_manifest`] reads what a plugin asks for, [`propose`] says what trusting it would bind, the [`Store`]
//! keeps that as a [`Grant`], and [`judge`] looks, before each run, whether all of it is as it was. If so, it
//! hands back the [`Program`] to execute: the very bytes that were hashed. `README.md` says what a grant
//! binds, what ends it, and where its protection stops.
//!
//! Texts that come from a manifest or a path are handed on raw: whoever shows them escapes them.

mod bundled;
mod cache;
mod copies;
mod days;
mod differences;
mod digest;
mod file;
mod find;
mod grant;
mod interpreter;
mod judge;
mod lease;
mod look;
mod manifest;
mod narrow;
mod program;
mod propose;
mod sealed;
mod shebang;
mod store;
mod suitable;
mod summaries;
mod tree;

pub use differences::{Change, differences};
pub use digest::{Digest, NoDigest, digest_file};
pub use find::{find, find_trusted, manifest_of};
pub use grant::{AgentBinding, Grant, Interpreter};
pub use judge::{Ready, Verdict, judge, judge_by};
pub use look::Found;
pub use manifest::{Examined, LoadedManifest, Placed, load_manifest, manifest_beside};
pub use narrow::PayTerms;
pub use program::Program;
pub use propose::{Terms, check_reach, propose};
pub use store::{Kept, Store, Trusted};
pub use summaries::{Summaries, Summary};
pub use tree::digest_tree;
