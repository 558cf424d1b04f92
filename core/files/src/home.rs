//! Where the user's home directory is.

use std::path::PathBuf;

/// `HOME`, or what the system says of this user where that isn't set. It may be no absolute path.
#[allow(clippy::disallowed_methods, reason = "HOME is looked for in one place")]
pub(crate) fn directory() -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        std::env::var_os("HOME").map(PathBuf::from).or_else(listed)
    }
    #[cfg(not(target_os = "linux"))]
    {
        std::env::home_dir()
    }
}

/// By the list of users alone: an executable that has the C library linked in can't load what else could be asked.
#[cfg(target_os = "linux")]
fn listed() -> Option<PathBuf> {
    let users = std::fs::read("/etc/passwd").ok()?;
    home_of(&users, rustix::process::getuid().as_raw())
}

#[cfg(target_os = "linux")]
fn home_of(users: &[u8], id: u32) -> Option<PathBuf> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let id = id.to_string();
    users.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        (fields.nth(2)? == id.as_bytes()).then_some(())?;
        let home = fields.nth(2).filter(|home| !home.is_empty())?;
        Some(PathBuf::from(OsStr::from_bytes(home)))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn users_have_homes() {
        let users =
            b"# comment\nroot:x:0:0:root:/root:/bin/bash\nbroken:x\nno:x:7:7::\nu:x:70:7:U,,:/home/u:/bin/sh";
        assert_eq!(home_of(users, 0), Some("/root".into()));
        assert_eq!(home_of(users, 70), Some("/home/u".into()));
        for nobody in [7, 70_000, 1] {
            assert_eq!(home_of(users, nobody), None, "{nobody}");
        }
    }
}
