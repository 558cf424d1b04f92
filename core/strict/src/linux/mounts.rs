//! Other names that a place has, where a part of its file system is mounted a second time.
//!
//! Landlock looks at a file's directories on the way that it was reached by, so each way needs its own wall.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

#[derive(Debug, PartialEq, Eq)]
struct Mount {
    id: u64,
    device: Vec<u8>,
    /// The part of the file system that is mounted.
    root: PathBuf,
    /// Where it is.
    point: PathBuf,
}

impl Mount {
    /// Whether a place may lie on it, or it in the place.
    fn is_on_the_way_to(&self, place: &Path) -> bool {
        place.starts_with(&self.point) || self.point.starts_with(place)
    }
}

/// All mounts that this process sees.
#[derive(Debug, Default)]
pub(super) struct Mounts(Vec<Mount>);

impl Mounts {
    pub(super) fn read() -> io::Result<Self> {
        let table = fs::read("/proc/self/mountinfo")?;
        Ok(Self(table.split(|byte| *byte == b'\n').filter_map(parse).collect()))
    }

    /// The other places at which a place, or something in it, can be reached. The place is free of links.
    pub(super) fn aliases(&self, place: &Path) -> Vec<PathBuf> {
        // Most places lie on what is mounted once, and need no look at the files.
        if !self.0.iter().any(|mount| mount.is_on_the_way_to(place) && self.has_twin(mount)) {
            return Vec::new();
        }
        let own = id(place).and_then(|id| self.0.iter().find(|mount| mount.id == id));
        // What is mounted inside may be mounted elsewhere, too.
        let inside = self.0.iter().filter(|mount| mount.point.starts_with(place));
        let mut found: Vec<PathBuf> = own
            .map(|mount| (mount, place))
            .into_iter()
            .chain(inside.map(|mount| (mount, mount.point.as_path())))
            .flat_map(|(mount, place)| self.elsewhere(mount, place))
            .filter(|alias| !alias.starts_with(place))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn has_twin(&self, mount: &Mount) -> bool {
        self.0.iter().any(|other| other.id != mount.id && other.device == mount.device)
    }

    fn elsewhere(&self, mount: &Mount, place: &Path) -> Vec<PathBuf> {
        let Ok(rest) = place.strip_prefix(&mount.point) else { return Vec::new() };
        let within = join(&mount.root, rest);
        let others = self.0.iter().filter(|other| other.id != mount.id && other.device == mount.device);
        others
            .filter_map(|other| {
                let alias = if let Ok(rest) = within.strip_prefix(&other.root) {
                    join(&other.point, rest)
                } else if other.root.starts_with(&within) {
                    other.point.clone()
                } else {
                    return None;
                };
                // One that lies under a later mount can't be reached.
                (id(&alias) == Some(other.id)).then_some(alias)
            })
            .collect()
    }
}

/// `Path::join` puts a slash behind a path that nothing is joined to.
fn join(path: &Path, rest: &Path) -> PathBuf {
    if rest.as_os_str().is_empty() { path.to_owned() } else { path.join(rest) }
}

/// The mount that a place lies on, or would.
fn id(place: &Path) -> Option<u64> {
    place.ancestors().find_map(|path| {
        let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::MNT_ID).ok()?;
        Some(found.stx_mnt_id)
    })
}

fn parse(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let id = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    let device = fields.nth(1)?.to_owned();
    Some(Mount { id, device, root: unescape(fields.next()?), point: unescape(fields.next()?) })
}

/// Blanks and their like are written as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, more)) = rest.split_first() {
        let digits = more.get(..3).filter(|_| first == b'\\');
        let value = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &more[3..] } else { more };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Mount, Mounts, id, parse, unescape};

    #[test]
    fn a_line_of_the_table_is_read() {
        let line = br"36 35 98:0 /mnt\0401 /mnt\1342 rw,noatime master:1 - ext3 /dev/root rw";
        let mount =
            Mount { id: 36, device: b"98:0".to_vec(), root: "/mnt 1".into(), point: r"/mnt\2".into() };
        assert_eq!(parse(line), Some(mount));
        assert_eq!(parse(b""), None);
        assert_eq!(unescape(br"a\04"), Path::new(r"a\04"));
    }

    /// Real ids, so that the places count as reachable; the table is made up.
    #[test]
    fn a_place_is_found_under_its_other_names() {
        let real = id(Path::new("/")).expect("a mount");
        let mount = |id, root: &str, point: &str| Mount {
            id,
            device: b"8:1".to_vec(),
            root: root.into(),
            point: point.into(),
        };
        let far = u64::MAX;
        // All that is on the root mount, seen as a copy of another one at /copy-of-home.
        let mounts = Mounts(vec![mount(far, "/", "/nowhere"), mount(real, "/home", "/copy-of-home")]);
        let alias = mounts.elsewhere(&mounts.0[0], Path::new("/nowhere/home/u/.config"));
        assert_eq!(alias, [PathBuf::from("/copy-of-home/u/.config")]);
        let deeper = mounts.elsewhere(&mounts.0[0], Path::new("/nowhere"));
        assert_eq!(deeper, [PathBuf::from("/copy-of-home")]);
        assert!(mounts.elsewhere(&mounts.0[0], Path::new("/nowhere/etc")).is_empty());
    }
}
