//! Digests of interpreters that are remembered, and what must never be.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use leash_test_needs::needs;
use rustix::{
    fs::{Timespec, Timestamps, futimens},
    mm::{MapFlags, ProtFlags, mmap},
};

use crate::fixture::{Home, plugin_program};

/// A script whose interpreter is this user's own.
fn script(home: &Home) -> (leash_trust::Found, PathBuf) {
    let interpreter = home.file("bin/runs", plugin_program(), 0o755);
    let found = home.plugin(format!("#!{} --ignored\n", interpreter.display()));
    home.trust(&found);
    (found, interpreter)
}

fn kept(home: &Home) -> String {
    fs::read_to_string(home.path("data/leash/trust/.digests")).unwrap_or_default()
}

/// The clock, after the last change of every file that a test wrote was over for long.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

#[needs("remembered file system")]
#[test]
fn an_interpreter_that_rests_is_hashed_once() {
    let home = Home::new();
    let (found, _) = script(&home);
    let _ = home.ready(&found);
    assert_eq!(kept(&home), "", "it was written just now");
    let home = home.with_clock(later);
    let _ = home.ready(&found);
    let first = kept(&home);
    assert!(first.contains("sha256:"), "{first}");
    let _ = home.ready(&found);
    assert_eq!(kept(&home), first);
    fs::write(home.path("data/leash/trust/.digests"), "{\"v\":1,\"digests\":[").expect("a torn file");
    let _ = home.ready(&found);
    assert_eq!(kept(&home), first, "what is torn is made anew");
}

#[test]
fn a_rewrite_that_keeps_size_and_time_shows() {
    let home = Home::new().with_clock(later);
    let (found, interpreter) = script(&home);
    let _ = home.ready(&found);
    let before = fs::metadata(&interpreter).expect("a file");
    let file = OpenOptions::new().write(true).open(&interpreter).expect("the interpreter");
    let last = before.len() - 1;
    std::os::unix::fs::FileExt::write_all_at(&file, b"?", last).expect("one byte");
    let time = Timespec { tv_sec: before.mtime(), tv_nsec: before.mtime_nsec() };
    futimens(&file, &Timestamps { last_access: time, last_modification: time }).expect("the time set back");
    assert_eq!(fs::metadata(&interpreter).expect("a file").mtime_nsec(), before.mtime_nsec());
    drop(file);
    assert_eq!(home.changed(&found), ["interpreter"]);
}

#[test]
fn what_somebody_can_still_write_is_not_remembered() {
    let home = Home::new().with_clock(later);
    let (found, interpreter) = script(&home);
    let open = |flags: i32| -> File {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags)
            .open(&interpreter)
            .expect("the interpreter")
    };
    let writer = open(0);
    let _ = home.ready(&found);
    assert_eq!(kept(&home), "", "it is open for writing");
    // A mapping outlives the descriptor.
    let length = usize::try_from(writer.metadata().expect("a file").len()).expect("a length");
    // SAFETY: nothing else in this process looks at the mapping, and the file is as long as that.
    #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
    let mapped = unsafe {
        mmap(std::ptr::null_mut(), length, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, &writer, 0)
    };
    mapped.expect("a mapping");
    drop(writer);
    let _ = home.ready(&found);
    assert_eq!(kept(&home), "", "it is mapped for writing");
}
