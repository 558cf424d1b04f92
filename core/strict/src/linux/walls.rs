//! A tree of the places that are to be told apart from what lies around them.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::FileTypeExt as _,
    path::{Component, Path},
};

use leash_output::Error;

use super::{mounts::Mounts, trail};
use crate::Spec;

/// What is kept from a plugin at a place and in all below it; of two the later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Writing.
    Protected,
    /// Writing and reading.
    Hidden,
}

/// A place. One without a mark lies above a marked one, or is a link that leads to one: nobody may put another thing
/// in its place.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) mark: Option<Mark>,
    pub(super) below: BTreeMap<OsString, Node>,
}

impl Node {
    /// Whether anything here or below is hidden.
    pub(super) fn hides(&self) -> bool {
        self.mark == Some(Mark::Hidden) || self.below.values().any(Self::hides)
    }
}

/// The tree, from the root directory.
#[derive(Debug, Default)]
pub(super) struct Walls {
    pub(super) root: Node,
}

impl Walls {
    pub(super) fn around(spec: &Spec, mounts: &Mounts) -> Result<Self, Error> {
        let mut walls = Self::default();
        let hidden = spec.secret.iter().chain(&spec.hidden).map(|path| (path, Mark::Hidden));
        let protected = spec.protected.iter().map(|path| (path, Mark::Protected));
        for (path, mark) in hidden.chain(protected) {
            let trail = trail::follow(path).map_err(|error| super::unseen("follow", path, error))?;
            let links = trail.links.iter().map(|link| (link, None));
            let end = trail.end.iter().filter(|end| !is_device(end)).map(|end| (end, Some(mark)));
            for (place, mark) in links.chain(end) {
                walls.raise(place, mark);
                for alias in mounts.aliases(place) {
                    walls.raise(&alias, mark);
                }
            }
        }
        Ok(walls)
    }

    fn raise(&mut self, place: &Path, mark: Option<Mark>) {
        let mut node = &mut self.root;
        for name in names(place) {
            node = node.below.entry(name.to_owned()).or_default();
        }
        node.mark = node.mark.max(mark);
    }

    /// Whether a place, free of links, lies above a wall or on a link: granting it whole would grant what is behind.
    pub(super) fn is_above_one(&self, place: &Path) -> bool {
        let mut node = &self.root;
        for name in names(place) {
            match node.below.get(name) {
                Some(below) => node = below,
                None => return false,
            }
        }
        node.mark.is_none() || !node.below.is_empty()
    }
}

/// A terminal, or /dev/null, holds nothing that could be hidden.
fn is_device(place: &Path) -> bool {
    fs::symlink_metadata(place)
        .is_ok_and(|metadata| metadata.file_type().is_char_device() || metadata.file_type().is_block_device())
}

fn names(place: &Path) -> impl Iterator<Item = &OsStr> {
    place.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, path::Path};

    use super::{Mark, Mounts, Walls};
    use crate::Spec;

    #[test]
    fn hiding_beats_protecting_and_links_are_kept_in_place() {
        let dir = tempfile::tempdir().expect("a directory");
        symlink("b", dir.path().join("a")).expect("a link");
        let at = |path: &str| dir.path().join(path);
        let spec = Spec { hidden: vec![at("a/x")], protected: vec![at("b"), at("b/x")], ..Spec::default() };
        let walls = Walls::around(&spec, &Mounts::default()).expect("walls");
        let mark =
            |path: &str| super::names(&at(path)).fold(&walls.root, |node, name| &node.below[name]).mark;
        assert_eq!((mark(""), mark("a")), (None, None));
        assert_eq!((mark("b"), mark("b/x")), (Some(Mark::Protected), Some(Mark::Hidden)));
        assert!(
            walls.is_above_one(Path::new("/"))
                && walls.is_above_one(&at("a"))
                && walls.is_above_one(&at("b"))
        );
        assert!(!walls.is_above_one(&at("b/x/own")) && !walls.is_above_one(&at("c")));
    }

    #[test]
    fn a_device_is_not_hidden() {
        let spec = Spec { hidden: vec!["/dev/null".into(), "/dev/stdin".into()], ..Spec::default() };
        assert!(!Walls::around(&spec, &Mounts::default()).expect("walls").root.hides());
    }
}
