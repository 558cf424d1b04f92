//! The home directories of a user: the one that HOME names, and the one that counts where HOME is unset.

use std::{ffi::OsString, fs, path::PathBuf};

/// HOME first, then what the user database says. A plugin can change HOME for what it starts, so both count.
pub(crate) fn of(home: Option<OsString>, uid: u32) -> Vec<PathBuf> {
    let database = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut homes: Vec<PathBuf> =
        home.map(PathBuf::from).into_iter().chain(in_database(&database, uid)).collect();
    homes.retain(|home| home.is_absolute());
    homes.dedup();
    homes
}

fn in_database(database: &str, uid: u32) -> Option<PathBuf> {
    database.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.nth(2)?.parse() == Ok(uid);
        found.then(|| fields.nth(2)).flatten().map(PathBuf::from)
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{in_database, of};

    #[test]
    fn the_database_is_read_by_number() {
        let database = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh\n";
        assert_eq!(in_database(database, 1000), Some(PathBuf::from("/home/ann")));
        assert_eq!(in_database(database, 1001), None);
    }

    #[test]
    fn a_relative_home_is_none() {
        assert_eq!(of(Some("here".into()), u32::MAX), Vec::<PathBuf>::new());
    }
}
