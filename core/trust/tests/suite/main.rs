//! Grants against real files, real programs and real processes.

#![allow(clippy::disallowed_methods, reason = "children are told their part in variables")]
#![allow(
    clippy::print_stderr,
    reason = "children speak to their parents, and tests say what they couldn't test"
)]

mod counting;
mod fixture;
mod grants;
mod kernel;
mod known;
mod manifest_files;
mod manifests;
mod programs;
mod remembered;
mod scripts;
mod swaps;
mod trees;
