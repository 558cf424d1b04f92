//! Every state in which a kill can leave things, made by hand, and what the next command makes of it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends here")]

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use jiff::Timestamp;
use leash_files::Paths;
use tempfile::TempDir;

use super::*;

struct World {
    _dir: TempDir,
    paths: Paths,
}

const STAGE: &str = "stage-1";

impl World {
    /// With a plugin `a` installed, or not, and a new version in a stage.
    fn new(installed: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let paths = Paths {
            config: at("config"),
            data: at("data"),
            cache: at("cache"),
            original_config: at("config"),
        };
        let world = Self { paths, _dir: dir };
        world.write(&world.stage(NEW), "new");
        if installed {
            world.write(&world.target(), "old");
            world.lock(&world.locked("1.0.0", &world.target()));
        }
        atomic::create_dir(&world.paths.data.join("plugins")).unwrap();
        world
    }

    fn stage(&self, name: &str) -> PathBuf {
        self.paths.data.join("install").join(STAGE).join(name)
    }

    fn target(&self) -> PathBuf {
        self.paths.data.join("plugins/a")
    }

    fn write(&self, dir: &Path, text: &str) {
        atomic::create_dir(dir).unwrap();
        fs::write(dir.join("leash-a"), text).unwrap();
        fs::set_permissions(dir.join("leash-a"), fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn locked(&self, version: &str, tree: &Path) -> Locked {
        Locked {
            version: version.to_owned(),
            source: "archive".to_owned(),
            location: "/x".to_owned(),
            sha256: leash_trust::Digest::of(b""),
            digest: digest_tree(tree).unwrap(),
            publisher: None,
            platform: "any".to_owned(),
            pinned: false,
            installed_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn lock(&self, locked: &Locked) {
        let mut lock = Lockfile::default();
        lock.plugin.insert("a".to_owned(), locked.clone());
        lock.write(&self.paths).unwrap();
    }

    fn journal(&self, step: &Step) {
        let path = self.paths.data.join("install").join(FILE);
        fs::write(path, serde_json::to_vec(step).unwrap()).unwrap();
    }

    fn put(&self) -> Step {
        let locked = Box::new(self.locked("2.0.0", &self.stage(NEW)));
        Step::Put { name: "a".to_owned(), stage: STAGE.to_owned(), locked, learn: false }
    }

    /// What the next command finds: the program's text and the version in the lockfile.
    fn after(&self) -> (Option<String>, Option<String>) {
        let rooms = Rooms::open(&self.paths, || panic!("nobody else is there")).unwrap();
        let left: Vec<_> = fs::read_dir(self.paths.data.join("install"))
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(left, ["lock"]);
        drop(rooms);
        let lock = Lockfile::read(&self.paths).unwrap();
        (
            fs::read_to_string(self.target().join("leash-a")).ok(),
            lock.plugin.get("a").map(|locked| locked.version.clone()),
        )
    }
}

fn is(text: &str, version: &str) -> (Option<String>, Option<String>) {
    (Some(text.to_owned()), Some(version.to_owned()))
}

#[test]
fn killed_before_anything_was_moved() {
    let world = World::new(true);
    assert_eq!(world.after(), is("old", "1.0.0"));
    let world = World::new(true);
    world.journal(&world.put());
    assert_eq!(world.after(), is("old", "1.0.0"));
}

#[test]
fn killed_before_a_first_version_was_moved() {
    let world = World::new(false);
    assert_eq!(world.after(), (None, None));
    // It was ready, so it is put in place.
    let world = World::new(false);
    world.journal(&world.put());
    assert_eq!(world.after(), is("new", "2.0.0"));
}

#[test]
fn killed_after_the_exchange() {
    let world = World::new(true);
    world.journal(&world.put());
    renameat_with(CWD, world.stage(NEW), CWD, world.target(), RenameFlags::EXCHANGE).unwrap();
    assert_eq!(world.after(), is("new", "2.0.0"));
}

#[test]
fn killed_between_the_two_steps_of_a_file_system_that_cannot_exchange() {
    let world = World::new(true);
    world.journal(&world.put());
    fs::rename(world.target(), world.stage(OLD)).unwrap();
    assert_eq!(world.after(), is("new", "2.0.0"));
    // The new one is no more what it was: the old one comes back.
    let world = World::new(true);
    world.journal(&world.put());
    fs::rename(world.target(), world.stage(OLD)).unwrap();
    world.write(&world.stage(NEW), "changed");
    assert_eq!(world.after(), is("old", "1.0.0"));
}

#[test]
fn killed_after_the_lockfile_was_written() {
    let world = World::new(true);
    let step = world.put();
    world.journal(&step);
    fs::rename(world.target(), world.stage(OLD)).unwrap();
    fs::rename(world.stage(NEW), world.target()).unwrap();
    let Step::Put { locked, .. } = &step else { unreachable!() };
    world.lock(locked);
    assert_eq!(world.after(), is("new", "2.0.0"));
}

#[test]
fn killed_while_removing() {
    let remove = Step::Remove { name: "a".to_owned(), stage: STAGE.to_owned(), forget: true };
    let world = World::new(true);
    world.journal(&remove);
    assert_eq!(world.after(), (None, None));
    let world = World::new(true);
    world.journal(&remove);
    fs::rename(world.target(), world.stage(OLD)).unwrap();
    assert_eq!(world.after(), (None, None));
}

#[test]
fn half_written_files_are_cleared_away() {
    let world = World::new(true);
    let left = [
        world.paths.config.join(".plugins.lock.0123456789abcdef.tmp"),
        world.paths.config.join(".publishers.toml.0123456789abcdef.tmp"),
        world.paths.data.join("install/.journal.json.0123456789abcdef.tmp"),
    ];
    left.iter().for_each(|path| fs::write(path, "half").unwrap());
    let kept = world.paths.config.join(".config.toml.0123456789abcdef.tmp");
    fs::write(&kept, "not ours").unwrap();
    assert_eq!(world.after(), is("old", "1.0.0"));
    assert!(left.iter().all(|path| !path.exists()) && kept.exists());
}

#[test]
fn a_journal_of_another_version_stops_everything() {
    let world = World::new(true);
    fs::write(world.paths.data.join("install").join(FILE), "{\"later\":1}").unwrap();
    let error = Rooms::open(&world.paths, || {}).unwrap_err();
    assert_eq!(error.code(), "bad_journal");
}

#[test]
fn what_cannot_be_put_in_place_is_given_up() {
    let world = World::new(false);
    let step = world.put();
    // Nothing can be put into a file.
    let plugins = world.paths.data.join("plugins");
    fs::remove_dir(&plugins).unwrap();
    fs::write(&plugins, "").unwrap();
    let rooms = Rooms::dry(&world.paths);
    assert_eq!(carry_out(&rooms, &step).unwrap_err().code(), "io");
    world.journal(&step);
    recover(&rooms).unwrap();
    let remove = Step::Remove { name: "a".to_owned(), stage: STAGE.to_owned(), forget: false };
    world.journal(&remove);
    recover(&rooms).unwrap();
    fs::remove_file(&plugins).unwrap();
    assert_eq!(world.after(), (None, None));
    // The old one isn't: it waits until it can be put back.
    let world = World::new(true);
    let step = world.put();
    world.journal(&step);
    fs::rename(world.target(), world.stage(OLD)).unwrap();
    let plugins = world.paths.data.join("plugins");
    fs::remove_dir(&plugins).unwrap();
    fs::write(&plugins, "").unwrap();
    assert_eq!(recover(&Rooms::dry(&world.paths)).unwrap_err().code(), "io");
    fs::remove_file(&plugins).unwrap();
    assert_eq!(world.after(), is("new", "2.0.0"));
}
