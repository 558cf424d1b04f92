//! Killed at any instant, the key is in the file in one form or the other; and nothing in the clear stays behind.

use std::{
    fs::File,
    mem::MaybeUninit,
    path::Path,
    time::{Duration, Instant},
};

use leash_tests::Running;
use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

use super::{FILE, World};

/// Returns at the `count`th thing that happens in a directory, or when the time is up.
struct Watch(File);

impl Watch {
    fn new(dir: &Path, what: WatchFlags) -> Self {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&watch, dir, what).unwrap();
        Self(watch.into())
    }

    fn wait(&self, patience: Duration) -> bool {
        let mut room = [MaybeUninit::uninit(); 1024];
        let begun = Instant::now();
        let mut events = Reader::new(&self.0, &mut room);
        // Turning round and round, since the next instant is the one that counts.
        while begun.elapsed() < patience {
            if events.next().is_ok() {
                return true;
            }
        }
        false
    }
}

/// The instants at which a file is being written and put into place.
fn instants() -> [(&'static str, WatchFlags); 4] {
    [
        ("made", WatchFlags::CREATE),
        ("written", WatchFlags::MODIFY),
        ("moved away", WatchFlags::MOVED_FROM),
        ("in place", WatchFlags::MOVED_TO),
    ]
}

fn kill_at(world: &World, command: &str, what: WatchFlags) {
    let watch = Watch::new(&world.home.join(".config/leash"), what);
    let running = Running::start(world.with_passphrase(&["key", command]));
    assert!(watch.wait(Duration::from_secs(60)), "it never happened");
    running.kill();
}

#[test]
fn protect_is_never_half_done() {
    let world = World::new();
    for (name, what) in instants() {
        kill_at(&world, "protect", what);
        let encrypted = world.is_encrypted();
        assert_eq!(encrypted, !world.key_is_somewhere(), "{name}: a copy in the clear");
        // Both can be gone on with.
        if encrypted {
            let _ = world.with_passphrase(&["api-key", "list"]).ok();
            let _ = world.with_passphrase(&["key", "unprotect"]).ok();
        }
    }
    assert!(world.all_signed());
    let _ = world.with_passphrase(&["key", "protect"]).ok();
    assert!(world.is_encrypted() && !world.key_is_somewhere());
}

#[test]
fn protect_can_be_killed_whenever() {
    let world = World::new();
    for part in 0..6 {
        let watch = Watch::new(&world.home.join(FILE), WatchFlags::OPEN);
        let running = Running::start(world.with_passphrase(&["key", "protect"]));
        // From the moment on when the file is first opened, later and later.
        assert!(watch.wait(Duration::from_secs(60)));
        let _ =
            Watch::new(world.home.path(), WatchFlags::CREATE).wait(Duration::from_millis(part * part * 40));
        running.kill();
        if world.is_encrypted() {
            assert!(!world.key_is_somewhere());
            let _ = world.with_passphrase(&["key", "unprotect"]).ok();
        }
    }
    let _ = world.with_passphrase(&["key", "protect"]).ok();
    assert!(world.is_encrypted() && !world.key_is_somewhere());
}

#[test]
fn what_a_killed_unprotect_leaves_in_the_clear_goes_with_the_next_command() {
    let world = World::protected();
    for (name, what) in instants() {
        kill_at(&world, "unprotect", what);
        if world.is_encrypted() {
            // Encrypted already, and yet tidied up after.
            let _ = world.with_passphrase(&["key", "protect"]).fails(1);
        } else {
            let _ = world.with_passphrase(&["key", "protect"]).ok();
        }
        assert!(world.is_encrypted() && !world.key_is_somewhere(), "{name}");
    }
    let _ = world.with_passphrase(&["api-key", "list"]).ok();
    assert!(world.all_signed());
}
