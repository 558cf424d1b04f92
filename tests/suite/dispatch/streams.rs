//! Status, signals and descriptors of a plugin are the kernel's business; a closed stdout is a quiet end.

use std::collections::BTreeSet;

use leash_tests::{AGENT_1, Home, Keys, Run, Running, Terminal};
use rustix::process::Signal;

use super::URL;

fn home_with(name: &str, script: &str) -> Home {
    let home = Home::with_agent(&AGENT_1, URL);
    let _ = home.write_script(&format!("bin/leash-{name}"), script);
    home
}

fn run(home: &Home, words: &[&str]) -> Run {
    home.leash(words).path(&[&home.join("bin"), &leash_tests::programs()])
}

#[test]
fn every_status_passes() {
    let home = home_with("exit", "#!/bin/sh\nexit \"$1\"\n");
    for status in 0..=255 {
        let outcome = run(&home, &["exit", &status.to_string()]).outcome();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (status, ""));
    }
}

#[test]
fn death_by_a_signal_is_the_plugins_own() {
    let home = home_with("die", "#!/bin/sh\nkill -\"$1\" $$\nexec sleep 60\n");
    for signal in [1, 2, 3, 6, 9, 11, 13, 15] {
        let outcome = run(&home, &["die", &signal.to_string()]).outcome();
        assert_eq!((outcome.status, outcome.stderr.as_str()), (128 + signal, ""));
    }
}

#[test]
fn it_runs_in_the_process_that_the_shell_started() {
    let home = home_with(
        "pid",
        // A trap that is set off just before a `read` waits for its line; after a `sleep` it doesn't.
        "#!/bin/sh\ntrap 'echo got it; exit 3' TERM\necho $$\nwhile :; do sleep 0.01; done\n",
    );
    let mut running = Terminal::start(run(&home, &["pid"]));
    running.wait_for(&running.id().to_string());
    running.signal(Signal::TERM);
    let (status, screen) = running.end();
    assert_eq!(status, Some(3), "{screen}");
    assert!(screen.contains("got it"), "{screen}");
}

#[test]
fn signals_that_were_not_ignored_still_work() {
    // Rust's runtime ignores SIGPIPE, and what is ignored stays so across an exec: then `yes` would complain.
    let home = home_with("yes", "#!/bin/sh\nexec yes\n");
    let outcome = home
        .shell("(leash yes; echo $? >&2) | head -n 1")
        .path(&[&home.join("bin"), &leash_tests::programs()]);
    let outcome = outcome.ok();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("y\n", "141\n"));
}

/// Reads descriptor 7 and lists all that are open, without starting a program that would need some itself.
const FDS: &str = "#!/bin/sh\nread -r line <&7\necho \"$line\"\n\
    for fd in /proc/$$/fd/*; do [ -e \"$fd\" ] && echo \"${fd##*/}\"; done\nexit 0\n";

#[test]
fn the_users_descriptors_pass_and_the_hosts_do_not() {
    let home = home_with("fds", FDS);
    let path = |run: Run| run.path(&[&home.join("bin"), &leash_tests::programs()]);
    let _ = home.write_private("seven", "seven\n");
    let numbers = |line: &str| -> BTreeSet<i32> {
        let outcome = path(home.shell(line)).ok();
        let (first, rest) = outcome.stdout.split_once('\n').unwrap();
        assert_eq!(first, "seven");
        rest.split_whitespace().map(|number| number.parse().unwrap()).collect()
    };
    // Against what the plugin has open when the shell itself starts it: the context is all that is added.
    let mut expected = numbers("bin/leash-fds 7<seven");
    assert!(expected.insert(3));
    assert_eq!(numbers("leash fds 7<seven"), expected);

    // A descriptor with a passphrase, or of an outer leash, ends here.
    for variable in ["LEASH_PASSPHRASE_FD=5", "LEASH_CONTEXT_FD=5", "LEASH_SIGNER=fd:5"] {
        assert_eq!(numbers(&format!("env {variable} leash fds 5<seven 7<seven")), expected, "{variable}");
    }
    // The user's standard three are never taken away.
    assert_eq!(numbers("LEASH_PASSPHRASE_FD=1 LEASH_CONTEXT_FD=0 leash fds 7<seven"), expected);
    // Where no low descriptor is free there is none, and the variable still says it all.
    let _ = home
        .write_script("bin/leash-context", "#!/bin/sh\necho \"$LEASH_CONTEXT_FD.${LEASH_CONTEXT%%,*}\"\n");
    let full =
        "leash context 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null 9</dev/null";
    assert_eq!(path(home.shell(full)).ok().stdout, ".{\"v\":1\n");
    let but_one = "leash context 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null";
    assert_eq!(path(home.shell(but_one)).ok().stdout, "9.{\"v\":1\n");
}

#[test]
fn stdin_is_the_users_own() {
    let home = home_with("cat", "#!/bin/sh\nexec cat\n");
    let outcome = run(&home, &["cat"]).input("all of it\n").ok();
    assert_eq!(outcome.stdout, "all of it\n");
    // The context can be read more than once, by opening its descriptor again.
    let home = home_with(
        "twice",
        "#!/bin/sh\nhead -c 6 /dev/fd/$LEASH_CONTEXT_FD; head -c 6 /dev/fd/$LEASH_CONTEXT_FD\n",
    );
    assert_eq!(run(&home, &["twice"]).ok().stdout, "{\"v\":1{\"v\":1");
}

#[test]
fn a_closed_stdout_is_a_quiet_end() {
    let keys = Keys::of(AGENT_1);
    for number in 0..150 {
        let _ = keys.add(&format!("key {number} {}", "x".repeat(100)), 10);
    }
    let api = keys.serve();
    let home = Home::with_agent(&AGENT_1, &api.url);
    let shell = |line: &str| home.shell(line).path(&[&leash_tests::programs()]).outcome();
    for words in
        ["--help", "--list", "--list --json", "agent --help", "api-key list", "api-key list --json", "doctor"]
    {
        let outcome = shell(&format!("leash {words} | head -n 1"));
        assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""), "{words}");
        // A reader that is gone before the first byte: nobody to tell, and no panic.
        let outcome = shell(&format!("(leash {words}; echo $? >&2) | true"));
        let status = outcome.stderr.trim_end();
        // Where the reader lingers long enough, the outcome is the command's own; doctor has something to find.
        let own = if words == "doctor" { "1" } else { "0" };
        assert!([own, "141"].contains(&status), "{words}: {outcome:?}");
        for (stdout, why) in [(">&-", "Bad file descriptor"), (">/dev/full", "No space left")] {
            let outcome = shell(&format!("leash {words} {stdout}"));
            assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{words} {stdout}: {outcome:?}");
            outcome.assert_says("error: cannot write to stdout");
            outcome.assert_says(why);
            outcome.assert_silent_about("panicked");
            outcome.assert_silent_about("has a fault");
        }
        // And with nowhere to complain.
        for line in [format!("leash {words} >&- 2>&-"), format!("leash {words} >/dev/full 2>/dev/full")] {
            assert_eq!(shell(&line).status, 1, "{line}");
        }
        let _ = shell(&format!("leash {words} <&- >/dev/null"));
    }
    let outcome = shell("leash -v >&-");
    assert_eq!(outcome.status, 1, "{outcome:?}");
    // An error document that can't be written: the failure's own status stays.
    let outcome = shell("leash agent use nope --json >/dev/full");
    assert_eq!(outcome.status, 4);
    assert_eq!(outcome.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{outcome:?}");
}

#[test]
fn an_interrupt_ends_what_waits() {
    let api = leash_tests::Api::start(|_, _| leash_tests::Reply::Silence);
    let home = Home::with_agent(&AGENT_1, &api.url);
    let running = Running::start(home.leash(["api-key", "list"]));
    api.wait_for(1);
    running.signal(Signal::INT);
    let outcome = running.end();
    assert_eq!((outcome.status, outcome.stdout.as_str()), (130, ""), "{outcome:?}");
}
