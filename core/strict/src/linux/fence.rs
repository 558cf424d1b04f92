//! Landlock: everything that it can forbid is forbidden, but for what is granted below.

use std::os::fd::OwnedFd;

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, LandlockStatus, PathBeneath, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

/// The version whose rights are used: the first that keeps signals in. Later ones add nothing that strict needs, and a
/// right that was never tested is none to rely on.
const VERSION: ABI = ABI::V6;

/// A ruleset in the making.
pub(super) struct Fence(RulesetCreated);

impl Fence {
    pub(super) fn new() -> Result<Self, RulesetError> {
        handled(CompatLevel::HardRequirement)?.create().map(Self)
    }

    /// Grants rights on a file, or on a directory and all that is in it.
    pub(super) fn grant(&mut self, file: OwnedFd, access: BitFlags<AccessFs>) -> Result<(), RulesetError> {
        (&mut self.0).add_rule(PathBeneath::new(file, access)).map(|_| ())
    }

    /// Puts it up around this thread, for good.
    pub(super) fn close(self) -> Result<(), String> {
        let status = self.0.restrict_self().map_err(|error| error.to_string())?;
        match status.ruleset {
            RulesetStatus::FullyEnforced if status.no_new_privs => Ok(()),
            partly => Err(format!("{partly:?}")),
        }
    }
}

/// Puts up what can be, on this thread, and says what came of it.
pub(super) fn trial() -> Result<(RulesetStatus, LandlockStatus), String> {
    let try_it = || handled(CompatLevel::BestEffort)?.create()?.restrict_self();
    let status = try_it().map_err(|error| error.to_string())?;
    Ok((status.ruleset, status.landlock))
}

fn handled(level: CompatLevel) -> Result<Ruleset, RulesetError> {
    Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(VERSION))?
        .scope(Scope::from_all(VERSION))
}

/// To list a directory.
pub(super) fn list() -> BitFlags<AccessFs> {
    AccessFs::ReadDir.into()
}

/// To read and to execute.
pub(super) fn read() -> BitFlags<AccessFs> {
    AccessFs::from_read(VERSION)
}

/// To change in any way that Landlock knows of.
pub(super) fn write() -> BitFlags<AccessFs> {
    AccessFs::from_write(VERSION)
}

/// The rights among these that a file can have which is no directory.
pub(super) fn of_file(access: BitFlags<AccessFs>) -> BitFlags<AccessFs> {
    access & AccessFs::from_file(VERSION)
}
