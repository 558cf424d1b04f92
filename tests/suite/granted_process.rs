//! What the shell sees of a plugin, with a signer and without one, is what it sees of the plugin alone.

use std::{
    ffi::OsString,
    fs,
    os::unix::{ffi::OsStringExt as _, process::ExitStatusExt as _},
    process::{Command, ExitStatus, Stdio},
};

use leash_test_needs::needs;
use leash_tests::{Run, Running};
use rustix::process::Signal;

use crate::world::World;

#[test]
fn every_status_passes() {
    for world in World::both("exit", "#!/bin/sh\nexit \"$1\"\n") {
        let line = "i=0; while [ $i -le 255 ]; do leash -q exit $i; echo $?; i=$((i+1)); done 2> /dev/null";
        let expected: String = (0..=255).map(|status| format!("{status}\n")).collect();
        assert_eq!(world.shell(line).ok().stdout, expected);
    }
}

/// How it ended, as the kernel tells its parent.
fn status(mut run: Run) -> ExitStatus {
    run.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
}

#[test]
fn death_by_a_signal_passes() {
    for world in World::both("die", "#!/bin/sh\nulimit -c 0\nkill -\"$1\" $$\nexit 99\n") {
        for (name, number) in [("TERM", 15), ("INT", 2), ("SEGV", 11), ("PIPE", 13), ("HUP", 1), ("KILL", 9)]
        {
            let through = status(world.leash(["die", name]));
            let alone = status(world.prepare(world.home.run(world.home.join("bin/leash-die"), [name])));
            assert_eq!((through.into_raw(), through.signal()), (alone.into_raw(), Some(number)), "{name}");
            let shown = world.shell(&format!("leash die {name}; echo $?")).outcome().stdout;
            assert_eq!(shown, format!("{}\n", 128 + number), "{name}");
        }
    }
}

#[test]
fn a_signal_from_elsewhere_meets_the_plugin() {
    let script = "#!/bin/sh\ntrap 'echo got it; exit 3' USR1\n: > \"$1\"\nwhile :; do sleep 0.01; done\n";
    for (number, world) in World::both("wait", script).into_iter().enumerate() {
        let mark = world.home.join("out/mark");
        let mark = mark.to_str().unwrap();
        let start = || {
            let running = Running::start(world.leash(["wait", mark]));
            while !fs::exists(mark).unwrap() {
                std::thread::yield_now();
            }
            fs::remove_file(mark).unwrap();
            let signers = World::signers(mark);
            assert_eq!(signers.len(), number);
            (running, signers)
        };
        let (running, signers) = start();
        running.signal(Signal::USR1);
        let outcome = running.end();
        assert_eq!((outcome.status, outcome.stdout.as_str()), (3, "got it\n"), "{outcome:?}");
        World::assert_gone(&signers);
        let (running, signers) = start();
        running.kill();
        World::assert_gone(&signers);
    }
}

#[test]
fn arguments_are_bytes() {
    let script = "#!/bin/sh\nprintf '%s\\0' \"$@\" > \"$OUT/args\"\n";
    for world in World::both("args", script) {
        let words: [&[u8]; 6] = [b"\xff\xfe", b"", b"--json", b"a b\n", b"--", b"-v"];
        let mut run = world.leash(["args"]);
        run.command.args(words.map(|word| OsString::from_vec(word.to_vec())));
        let _ = run.ok();
        let seen = fs::read(world.home.join("out/args")).unwrap();
        assert_eq!(seen, words.map(|word| [word, b"\0"].concat()).concat());
    }
}

#[test]
fn a_reader_that_leaves_ends_it() {
    for world in World::both("yes", "#!/bin/sh\nexec yes\n") {
        let outcome = world.shell("(leash -q yes; echo $? >&2) | head -n 1").ok();
        assert_eq!(outcome.stdout, "y\n");
        assert!(outcome.stderr.ends_with("141\n"), "{outcome:?}");
    }
}

#[test]
fn closed_streams_stay_closed() {
    let script = "#!/bin/sh\nfor fd in 0 1 2; do [ -e /proc/$$/fd/$fd ] || printf %s $fd >> \"$OUT/closed\"; done\n\
                  [ -z \"$LEASH_SIGNER\" ] || \"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys' > \"$OUT/answer\"\n";
    for world in World::both("closed", script) {
        for (streams, closed) in [(">&-", "1"), ("<&-", "0"), ("2>&-", "2"), ("<&- >&- 2>&-", "012")] {
            let outcome = world.shell(&format!("leash closed {streams}")).outcome();
            assert_eq!(outcome.status, 0, "{streams}: {outcome:?}");
            assert_eq!(world.home.read("out/closed"), closed, "{streams}");
            fs::remove_file(world.home.join("out/closed")).unwrap();
        }
    }
}

#[needs("python3")]
#[test]
fn it_has_no_child_that_it_did_not_start() {
    // Neither `wait` nor the kernel knows of one; also where orphans come to it, or it is the first process.
    let script = "#!/usr/bin/env python3\n\
        import os\n\
        try:\n    print('child', os.waitpid(-1, os.WNOHANG))\nexcept ChildProcessError:\n    print('none')\n\
        print(os.environ.get('LEASH_SIGNER', 'no signer')[:3])\n";
    let reaper = "import ctypes, os, sys\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\nos.execvp(sys.argv[1], sys.argv[1:])";
    for (world, signer) in World::both("child", script).iter().zip(["no ", "fd:"]) {
        let expected = format!("none\n{signer}\n");
        assert_eq!(world.leash(["-q", "child"]).ok().stdout, expected);
        let adopting = world.home.run("python3", ["-c", reaper, "leash", "-q", "child"]);
        assert_eq!(world.prepare(adopting).ok().stdout, expected);
    }
}

#[test]
fn a_job_in_the_background_ends_with_its_signer() {
    let script = "#!/bin/sh\n: > \"$1\"\nread -r line < \"$2\"\nexit 5\n";
    for (number, world) in World::both("job", script).into_iter().enumerate() {
        let (mark, fifo) = (world.home.join("out/mark"), world.home.join("out/fifo"));
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let (mark, fifo) = (mark.to_str().unwrap(), fifo.to_str().unwrap());
        let line = format!("leash job {mark} {fifo} & wait $!; echo $?");
        let running = Running::start(world.shell(&line));
        while !fs::exists(mark).unwrap() {
            std::thread::yield_now();
        }
        let signers = World::signers(mark);
        assert_eq!(signers.len(), number);
        fs::write(fifo, "\n").unwrap();
        assert_eq!(running.end().stdout, "5\n");
        World::assert_gone(&signers);
    }
}

#[test]
fn a_daemon_keeps_no_signer() {
    // It keeps the socket; the signer ends with the plugin all the same.
    let world = World::new();
    let script = "#!/bin/sh\n(read -r line < \"$2\"; \"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys'; echo $? > \"$1\") > /dev/null 2>&1 &\n";
    world.plugin("daemon", script, crate::world::READ_KEYS);
    world.trust("daemon");
    let fifo = world.home.join("out/fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let status = world.home.join("out/status");
    let mut run = world.leash(["daemon", status.to_str().unwrap(), fifo.to_str().unwrap()]);
    assert!(run.command.stdin(Stdio::null()).status().unwrap().success());
    World::assert_gone(&World::signers(status.to_str().unwrap()));
    fs::write(&fifo, "\n").unwrap();
    while fs::read_to_string(&status).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(world.home.read("out/status"), "125\n");
    assert!(world.api.calls().is_empty());
}

#[test]
fn signals_are_as_the_user_set_them() {
    // What is ignored or blocked, and by whom.
    let script = "#!/bin/sh\nexec grep -E '^Sig(Ign|Blk)' /proc/self/status\n";
    for world in World::both("signals", script) {
        for trap in ["", "trap '' PIPE; ", "trap '' HUP INT PIPE CHLD USR1; "] {
            let seen = |line: &str| world.shell(&format!("{trap}exec {line}")).ok().stdout;
            assert_eq!(seen("leash -q signals"), seen("bin/leash-signals"), "{trap}");
        }
    }
}

#[test]
fn a_signer_that_is_killed_is_missed_and_no_more() {
    let world = World::new();
    let script = "#!/bin/sh\n: > \"$1\"\nread -r line < \"$2\"\n\"$LEASH_BIN\" api GET '/v1/agents/{mint}/api-keys'\necho $?\nexit 9\n";
    world.plugin("waits", script, crate::world::READ_KEYS);
    world.trust("waits");
    let (mark, fifo) = (world.home.join("out/mark"), world.home.join("out/fifo"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let running = Running::start(world.leash(["waits", mark.to_str().unwrap(), fifo.to_str().unwrap()]));
    while !fs::exists(&mark).unwrap() {
        std::thread::yield_now();
    }
    let signers = World::signers(mark.to_str().unwrap());
    assert_eq!(signers.len(), 1);
    rustix::process::pidfd_send_signal(&signers[0], Signal::KILL).unwrap();
    World::assert_gone(&signers);
    fs::write(&fifo, "\n").unwrap();
    let outcome = running.end();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (9, "125\n"), "{outcome:?}");
    assert!(world.api.calls().is_empty());
}
