//! Where a path leads, and every link on the way: who can replace one of those decides where it leads next time.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

/// The most links that the system follows for one name.
const MAX_LINKS: usize = 40;

/// Where a path leads. All places are free of links.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Trail {
    /// The links on the way.
    pub(super) links: Vec<PathBuf>,
    /// Its end, there or not; `None` where it leads into /proc, whose links stand for open files, or nowhere.
    pub(super) end: Option<PathBuf>,
}

pub(super) fn follow(path: &Path) -> io::Result<Trail> {
    let mut trail = Trail::default();
    let mut here = PathBuf::from("/");
    let mut rest = steps(&std::path::absolute(path)?);
    while let Some(step) = rest.pop_front() {
        if step == ".." {
            here.pop();
            continue;
        }
        here.push(step);
        if here.starts_with("/proc") {
            return Ok(Trail::default());
        }
        match fs::symlink_metadata(&here) {
            Ok(metadata) if metadata.is_symlink() => {
                let target = fs::read_link(&here)?;
                trail.links.push(here.clone());
                if trail.links.len() > MAX_LINKS {
                    return Ok(trail);
                }
                here.pop();
                if target.is_absolute() {
                    here = PathBuf::from("/");
                }
                let mut steps = steps(&target);
                steps.append(&mut rest);
                rest = steps;
            }
            Ok(_) => {}
            // Not there, or out of reach: then nothing below is, either.
            Err(_) => {
                here.extend(rest.into_iter().take_while(|step| step != ".."));
                break;
            }
        }
    }
    trail.end = Some(here);
    Ok(trail)
}

fn steps(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    use super::{Trail, follow};

    #[test]
    fn links_are_named_and_followed() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("real/inner")).expect("directories");
        symlink(at("real"), at("absolute")).expect("a link");
        symlink("../absolute/inner", at("real/relative")).expect("a link");
        let trail = follow(&at("absolute/relative/not/there")).expect("a trail");
        assert_eq!(trail.links, [at("absolute"), at("real/relative"), at("absolute")]);
        assert_eq!(trail.end, Some(at("real/inner/not/there")));
    }

    #[test]
    fn a_way_back_is_one_from_where_the_link_leads() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("a/b")).expect("directories");
        symlink("a/b", at("link")).expect("a link");
        assert_eq!(follow(&at("link/../x")).expect("a trail").end, Some(at("a/x")));
    }

    #[test]
    fn a_circle_and_an_open_file_lead_nowhere() {
        let dir = tempfile::tempdir().expect("a directory");
        let link = dir.path().join("link");
        symlink("link", &link).expect("a link");
        let trail = follow(&link).expect("a trail");
        assert_eq!((trail.links.first(), trail.end), (Some(&link), None));
        assert_eq!(follow(&PathBuf::from("/dev/fd/0")).expect("a trail"), Trail::default());
    }
}
