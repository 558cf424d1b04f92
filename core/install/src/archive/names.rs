//! What an entry of an archive may be called, and where links in it may lead.

use std::collections::BTreeMap;

/// The longest name with all that stands before it.
const MOST_BYTES: usize = 1024;
/// The longest part of a name: what the usual file systems take.
const MOST_IN_PART: usize = 255;
/// The deepest directory.
const MOST_PARTS: usize = 32;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Directory,
    File,
    Link,
}

/// The names that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By the name in lower case; the name itself, what it is, and whether it was named or only implied.
    seen: BTreeMap<String, (String, What, bool)>,
}

/// A name as it is to be used: relative, its parts divided by `/`. Empty for the root itself.
///
/// Only printable ASCII is taken. Everything that two systems may read as different names, or one as the same
/// name twice, lies beyond it, and so does what a terminal obeys.
pub(crate) fn clean(raw: &[u8]) -> Result<String, String> {
    let shown = String::from_utf8_lossy(raw).chars().take(200).collect::<String>();
    let refuse = |why: &str| Err(format!("the entry `{shown}` {why}"));
    if raw.len() > MOST_BYTES {
        return refuse("has a name of more than 1024 bytes");
    }
    if raw.iter().any(|byte| !matches!(byte, b' '..=b'~')) {
        return refuse("has a name with other than printable ASCII characters");
    }
    let Ok(text) = std::str::from_utf8(raw) else { return refuse("has a name that is not text") };
    if text.is_empty() {
        return refuse("has no name");
    }
    if text.starts_with('/') {
        return refuse("has an absolute name");
    }
    if text.contains('\\') {
        return refuse("has a backslash in its name");
    }
    // What `tar -C dir .` writes.
    let mut rest = text;
    while let Some(after) = rest.strip_prefix("./") {
        rest = after;
    }
    let rest = if rest == "." { "" } else { rest.strip_suffix('/').unwrap_or(rest) };
    if rest.is_empty() {
        return Ok(String::new());
    }
    let parts: Vec<_> = rest.split('/').collect();
    if parts.len() > MOST_PARTS {
        return refuse("lies too deep");
    }
    for part in parts {
        match part {
            "" | "." => return refuse("has an empty part in its name"),
            ".." => return refuse("leads out of the archive (`..`)"),
            _ if part.len() > MOST_IN_PART => return refuse("has a part of more than 255 bytes in its name"),
            _ if part.ends_with(['.', ' ']) || part.starts_with(' ') => {
                return refuse("has a blank or a dot at the end of a part of its name");
            }
            _ => {}
        }
    }
    Ok(rest.to_owned())
}

/// Whether a link with this name can lead nowhere but into the tree, whatever other links there are: `..` may stand
/// in front only, and not lead above the root.
pub(crate) fn stays_inside(name: &str, target: &[u8]) -> Option<String> {
    let target = std::str::from_utf8(target).ok()?;
    let plain = target.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !target.contains('\\');
    if target.is_empty() || target.len() > MOST_BYTES || target.starts_with('/') || !plain {
        return None;
    }
    let parts: Vec<_> = target.split('/').filter(|part| *part != "." && !part.is_empty()).collect();
    let up = parts.iter().take_while(|part| **part == "..").count();
    let inside = up <= name.matches('/').count() && parts[up..].iter().all(|part| *part != "..");
    (inside && !parts.is_empty()).then(|| target.to_owned())
}

impl Names {
    /// Takes one more name in, with the directories above it.
    pub(crate) fn add(&mut self, name: &str, what: What) -> Result<(), String> {
        for (at, _) in name.match_indices('/') {
            self.put(&name[..at], What::Directory, false)?;
        }
        self.put(name, what, true)
    }

    fn put(&mut self, name: &str, what: What, named: bool) -> Result<(), String> {
        let Some((known, kind, was_named)) = self.seen.get_mut(&name.to_ascii_lowercase()) else {
            self.seen.insert(name.to_ascii_lowercase(), (name.to_owned(), what, named));
            return Ok(());
        };
        if known != name {
            return Err(format!("the entries `{known}` and `{name}` differ in case alone"));
        }
        if *kind != what {
            return Err(format!("the entry `{name}` is there as two things at once"));
        }
        if named && *was_named {
            return Err(format!("the entry `{name}` is there twice"));
        }
        *was_named |= named;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken() {
        for (raw, name) in [
            ("a", "a"),
            ("./a/b", "a/b"),
            ("a/", "a"),
            ("./", ""),
            (".", ""),
            (".hidden/x y", ".hidden/x y"),
            ("././a", "a"),
        ] {
            assert_eq!(clean(raw.as_bytes()).as_deref(), Ok(name), "{raw}");
        }
    }

    #[test]
    fn names_that_are_refused() {
        let long = "a".repeat(256);
        let deep = "a/".repeat(33);
        for raw in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/..",
            "..",
            "a//b",
            "a/./b",
            "a\\b",
            "C:\\x",
            "a\0b",
            "a\nb",
            "\x1b[31mred",
            "a\u{202e}b",
            "é",
            "a.",
            "a /b",
            " a",
            "a./b",
            &long,
            &deep,
        ] {
            assert!(clean(raw.as_bytes()).is_err(), "{raw:?}");
        }
        assert!(clean(b"\xff").is_err());
    }

    #[test]
    fn one_name_is_one_thing() {
        let mut names = Names::default();
        assert_eq!(names.add("a/b", What::File), Ok(()));
        assert_eq!(names.add("a", What::Directory), Ok(()));
        for (name, what) in [
            ("a", What::Directory),
            ("a/b", What::File),
            ("A", What::Directory),
            ("a/B", What::File),
            ("a/b/c", What::File),
            ("A/c", What::File),
            ("a", What::Link),
        ] {
            assert!(names.add(name, what).is_err(), "{name}");
        }
    }

    #[test]
    fn links() {
        for (name, target) in [("a", "b"), ("d/a", "../b"), ("d/a", "./b/c"), ("a", "b/c")] {
            assert!(stays_inside(name, target.as_bytes()).is_some(), "{name} {target}");
        }
        for (name, target) in [
            ("a", ".."),
            ("a", "../b"),
            ("a", "/etc"),
            ("a", "b/../.."),
            ("d/a", "../../b"),
            ("a", ""),
            ("a", "b\nc"),
        ] {
            assert!(stays_inside(name, target.as_bytes()).is_none(), "{name} {target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_clean_name_stays_below(raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            if let Ok(name) = clean(&raw) {
                proptest::prop_assert!(!name.starts_with('/'));
                proptest::prop_assert!(name.split('/').all(|part| !matches!(part, "." | "..")));
                proptest::prop_assert!(!name.chars().any(char::is_control));
                let twice = if name.is_empty() { Ok(String::new()) } else { clean(name.as_bytes()) };
                proptest::prop_assert_eq!(twice, Ok(name));
            }
        }
    }
}
