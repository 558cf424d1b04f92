//! Programs that get no grant: those to which the kernel gives more than their bytes say, and those that it
//! wouldn't run where they lie.

use std::{
    fs::{File, Metadata},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use leash_output::Error;
use rustix::{
    fs::{Access, StatVfsMountFlags, access, fgetxattr_query, fstatvfs},
    io::Errno,
};

use crate::file::refused;

/// Refuses set-user-id, set-group-id and capability files (a copy would run without what they are for, and
/// the file itself beyond the user's reach) and those on a mount from which nothing may run (a copy would
/// get round that).
pub(crate) fn check(path: &Path, file: &File, metadata: &Metadata) -> Result<(), Error> {
    if metadata.mode() & 0o6000 != 0 {
        return Err(refused(path, "is set-user-id or set-group-id, which gets no grant"));
    }
    match fgetxattr_query(file, "security.capability") {
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => {}
        // The last of these: capabilities of another user namespace.
        Ok(_) | Err(Errno::OVERFLOW) => {
            return Err(refused(path, "has file capabilities, which gets no grant"));
        }
        Err(error) => return Err(Error::io("read the attributes of", path, &error.into())),
    }
    let mount = fstatvfs(file).map_err(|error| Error::io("look at the mount of", path, &error.into()))?;
    if mount.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err(refused(path, "lies on a mount from which nothing may run (noexec)"));
    }
    Ok(())
}

/// Refuses what this user may not execute.
pub(crate) fn check_executable(path: &Path) -> Result<(), Error> {
    match access(path, Access::EXEC_OK) {
        Ok(()) => Ok(()),
        Err(Errno::ACCESS) => Err(refused(path, "can't be executed by this user")),
        Err(error) => Err(Error::io("look at", path, &error.into())),
    }
}
