//! Programs that are swapped all the time while they are looked at.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use leash_trust::{Digest, Found, Verdict, digest_file};

use crate::{
    fixture::{Home, mode},
    trees::installed,
};

/// More looks than it ever took to see both outcomes often enough.
const LOOKS: usize = 20_000;

fn good() -> Vec<u8> {
    fs::read("/bin/sh").expect("a shell")
}

/// As many bytes, the last of them another.
fn bad() -> Vec<u8> {
    let mut bytes = good();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

/// Puts other bytes into the place of a program, in one step and by writing into it, and the right ones back.
fn swap(path: &Path, aside: &Path, good: &[u8], bad: &[u8]) {
    for bytes in [good, bad] {
        fs::write(aside, bytes).expect("a file");
        mode(aside, 0o755);
        fs::rename(aside, path).expect("in its place");
        let file = OpenOptions::new().write(true).open(path).expect("the program");
        file.write_all_at(bad, 0).expect("other bytes");
        file.write_all_at(good, 0).expect("the bytes");
    }
}

/// What is handed out is what was granted, whatever lies there by then.
fn hold_against_swaps(home: &Home, found: &Found) {
    let (good, bad) = (good(), bad());
    home.trust(found);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                swap(&found.path, &home.path("aside"), &good, &bad);
            }
        });
        let (mut granted, mut changed) = (0, 0);
        let mut wrong = None;
        for _ in 0..LOOKS {
            match home.judge(found) {
                Verdict::Granted(ready) => {
                    let digest = digest_file(&ready.program.file()).expect("the copy");
                    wrong = (digest != Digest::of(&good)).then_some(digest);
                    granted += 1;
                }
                Verdict::Changed(_) => changed += 1,
                // Asserted about below, once nobody waits for the other thread.
                _ => break,
            }
            if wrong.is_some() || granted >= 30 && changed >= 30 {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
        assert_eq!(wrong, None, "other bytes would have run");
        assert!(granted >= 30 && changed >= 30, "granted {granted} times, changed {changed} times");
    });
}

#[test]
fn a_program_on_path() {
    let home = Home::new();
    let found = home.plugin(good());
    hold_against_swaps(&home, &found);
}

#[test]
fn an_installed_program() {
    let home = Home::new();
    let found = installed(&home, good());
    hold_against_swaps(&home, &found);
}
