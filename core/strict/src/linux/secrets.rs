//! The files that hold secrets: each has one name only, and once the walls stand, none of them opens.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use leash_files::Paths;
use leash_output::{Error, Kind};

use super::failed;

/// The files in these places.
pub(super) fn find(places: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for place in places {
        // The place itself may be a link; what lies in it and is one leads elsewhere.
        if let Ok(real) = fs::canonicalize(place) {
            collect(&real, &mut found)?;
        }
    }
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            collect(&entry.path(), found)?;
        }
    } else if metadata.is_file() {
        if metadata.nlink() > 1 {
            let message = format!(
                "strict can't be enforced: `{}` has {} names, and only this one can be hidden",
                Paths::display(path),
                metadata.nlink()
            );
            let typed = Paths::typed(path);
            return Err(Error::new(Kind::Refused, "strict_second_name", message).hint(format!(
                "find the others, `find ~ -samefile {typed}`, and remove them, or make it a file of its own: \
                 `cp -p {typed} {typed}.new && mv {typed}.new {typed}`"
            )));
        }
        found.push(path.to_owned());
    }
    Ok(())
}

/// Whether none of them opens any more: checked, not assumed.
pub(super) fn check(secrets: &[PathBuf]) -> Result<(), Error> {
    for path in secrets {
        match File::open(path) {
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound) => {}
            Err(error) => {
                return Err(failed(&format!("cannot tell whether `{}` is hidden", path.display()), &error));
            }
            Ok(_) => return Err(failed("a file is still readable", &path.display())),
        }
    }
    Ok(())
}
