//! Libraries that break: the shell sees how they died, the user which plugin it was.

use std::io::Read as _;

use leash_sdk::mock::Running;
use leash_test_needs::needs;
use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Ended, end, launch, library, run};

const ABRT: i32 = 6;
const SEGV: i32 = 11;
const INT: i32 = 2;
const TERM: i32 = 15;

fn dies(source: &str, signal: i32, says: &str) {
    let ended = run(source, &[]);
    assert_eq!((ended.signal, ended.status), (Some(signal), None), "{source}: {ended:?}");
    let lines: Vec<_> = ended.stderr.lines().filter(|line| line.contains("plugin `test`")).collect();
    assert_eq!(lines.len(), 1, "{source}: {ended:?}");
    assert!(lines[0].starts_with("error: plugin `test` ") && lines[0].contains(says), "{source}: {ended:?}");
}

#[test]
fn a_crash_names_the_plugin() {
    dies("crash.c", SEGV, "crashed (SIGSEGV");
    dies("overflow.c", SEGV, "crashed (SIGSEGV");
}

#[test]
fn an_abort_names_the_plugin() {
    dies("abort.c", ABRT, "aborted (SIGABRT)");
    dies("early_crash.c", ABRT, "aborted (SIGABRT)");
}

#[test]
fn what_unwinds_out_of_it_is_an_abort() {
    dies("panics.rs", ABRT, "aborted (SIGABRT)");
}

#[needs("c++")]
#[test]
fn an_exception_that_leaves_it_is_an_abort() {
    dies("throws.cpp", ABRT, "aborted (SIGABRT)");
}

#[test]
fn what_offers_nothing_is_126_and_says_why() {
    for (source, why) in [
        ("null_entry.c", "offers nothing to this leash: its entry is null"),
        ("no_entry.c", "has no `leash_plugin_entry_v1`"),
        ("wrong_abi.c", "speaks version 2 of the interface, and this leash 1"),
        ("small_table.c", "returned a table that claims to have 8 bytes"),
        ("huge_table.c", "returned a table that claims to have 4294967295 bytes"),
        ("crooked_table.c", "returned a table at a crooked address"),
        ("no_run.c", "has no `run`"),
    ] {
        let ended = run(source, &[]);
        assert_eq!(ended.status, Some(126), "{source}: {ended:?}");
        let line = format!("error: cannot run plugin `test`: its library `/plugins/test.so` {why}\n");
        assert!(ended.stderr.starts_with(&line), "{source}: {ended:?}");
    }
}

/// Starts the loop; it has said something once it runs.
fn looping() -> Running {
    let library = library("loop.c");
    let mut child = launch(&library.path, [""; 0]).spawn(|_| {}).unwrap();
    let mut word = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut word).unwrap();
    assert_eq!(&word, b"looping\n");
    child
}

fn kill(child: &Running, signal: i32) {
    let signal = Signal::from_named_raw(signal).unwrap();
    kill_process(Pid::from_child(&child.child), signal).unwrap();
}

#[test]
fn a_loop_is_ended_by_whoever_ends_it() {
    for signal in [INT, TERM, SEGV] {
        let child = looping();
        kill(&child, signal);
        let ended = Ended::from(child.child.wait_with_output().unwrap());
        assert_eq!(ended.signal, Some(signal), "{ended:?}");
        assert!(ended.stderr.starts_with("error: plugin `test` "), "{ended:?}");
    }
}

#[test]
fn a_name_does_not_reach_the_terminal_as_it_is() {
    let mut odd = leash_sdk::mock::context();
    odd["plugin"]["name"] = "a\u{1b}[2Jb".into();
    let ended = end(launch(&library("crash.c").path, [""; 0]).context(odd));
    assert_eq!(ended.signal, Some(SEGV));
    assert!(ended.stderr.contains("`a\\u{1b}[2Jb`"), "{ended:?}");
}
