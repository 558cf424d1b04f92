//! Linux: the order in which a process gives up what a plugin isn't to have.

mod calls;
mod fence;
mod grants;
mod mounts;
mod privileges;
mod probe;
mod secrets;
mod trail;
mod walls;

use std::{io, path::Path};

use leash_output::{Error, Kind};

use crate::Spec;
use fence::Fence;
use mounts::Mounts;
use walls::Walls;

pub(crate) use probe::available;

/// The real user.
pub(crate) fn uid() -> u32 {
    rustix::process::getuid().as_raw()
}

pub(crate) fn confine(spec: &Spec) -> Result<(), Error> {
    let status =
        privileges::Status::read().map_err(|error| failed("cannot read /proc/self/status", &error))?;
    if let Some(missing) = status.missing() {
        return Err(missing.error());
    }
    if status.threads != 1 {
        return Err(failed("this process has threads, which would stay free", &status.threads));
    }
    let mounts = Mounts::read().map_err(|error| failed("cannot read /proc/self/mountinfo", &error))?;
    let walls = Walls::around(spec, &mounts)?;
    let secrets = secrets::find(&spec.secret)?;
    let filters = calls::compile(spec.stream_pairs).map_err(|error| failed("seccomp", &error))?;
    let mut fence = Fence::new().map_err(|error| unavailable("landlock", &error))?;
    grants::give(&mut fence, &walls, spec)?;
    fence.close().map_err(|error| unavailable("landlock", &error))?;
    filters.apply().map_err(|error| unavailable("seccomp", &error))?;
    secrets::check(&secrets)
}

/// What the machine lacks, in words that help, or else what went wrong.
fn unavailable(what: &str, error: &impl std::fmt::Display) -> Error {
    available().refusal().unwrap_or_else(|| failed(what, error))
}

/// A file that can't be looked at, so that nobody knows what lies behind.
fn unseen(what: &str, path: &Path, error: impl Into<io::Error>) -> Error {
    failed(&format!("cannot {what} `{}`", path.display()), &error.into())
}

fn failed(what: &str, error: &impl std::fmt::Display) -> Error {
    Error::new(Kind::Refused, "strict_failed", format!("strict can't be enforced: {what}: {error}"))
        .hint("`leash doctor` says what holds on this machine")
}
