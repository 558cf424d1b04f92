//! The question at the terminal: what it shows, and what it leaves behind however it ends.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    desk::{Desk, end},
    role,
};

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn an_answer_is_not_shown() {
    let mut desk = Desk::new();
    let child = desk.start("old");
    desk.wait_for("passphrase of agent `default`: ");
    assert!(!desk.echoes());
    desk.type_in("hunter2\n");
    assert_eq!(end(child).report[0], "Terminal \"hunter2\"");
    assert!(desk.echoes());
    desk.type_in("after\n");
    desk.wait_for("after");
    assert_eq!(desk.seen, "passphrase of agent `default`: \r\nafter");
}

#[test]
fn a_new_one_is_asked_for_until_it_was_typed_twice() {
    let mut desk = Desk::new();
    let child = desk.start("new");
    for (first, second, then) in [
        ("correct horse battery", "correct horse batery", "these two differ; once more\r\n"),
        ("", "", "the passphrase is empty; once more\r\n"),
        ("correct horse battery", "correct horse battery", ""),
    ] {
        desk.wait_for("new passphrase for agent `default`: ");
        desk.type_in(&format!("{first}\n"));
        desk.wait_for("the same again: ");
        desk.type_in(&format!("{second}\n"));
        desk.wait_for(then);
    }
    assert_eq!(end(child).report[0], "Terminal \"correct horse battery\"");
    assert!(!desk.seen.contains("horse") && desk.echoes());
}

#[test]
fn three_attempts_are_enough_and_a_short_one_is_warned_of() {
    let mut desk = Desk::new();
    let child = desk.start("new");
    for second in ["b", "c", "d"] {
        desk.wait_for("default`: ");
        desk.type_in("a\n");
        desk.wait_for("again: ");
        desk.type_in(&format!("{second}\n"));
    }
    assert!(end(child).report[0].starts_with("error no_passphrase Identity "));

    let child = desk.start("new");
    for prompt in ["default`: ", "again: "] {
        desk.wait_for(prompt);
        desk.type_in("hunter2\n");
    }
    assert_eq!(end(child).report[0], "Terminal \"hunter2\" warned");
}

#[test]
fn what_is_typed_ahead_is_not_taken_for_an_answer() {
    let mut desk = Desk::new();
    desk.type_in("typed ahead\n");
    desk.wait_for("typed ahead");
    let child = desk.start("old");
    desk.wait_for("default`: ");
    desk.type_in("hunter2\n");
    assert_eq!(end(child).report[0], "Terminal \"hunter2\"");
}

#[test]
fn ctrl_c_ends_it_as_anywhere_and_the_echo_is_back() {
    for (key, signal) in [("\x03", Signal::INT), ("\x1c", Signal::QUIT)] {
        let mut desk = Desk::new();
        let child = desk.start("old");
        desk.wait_for("default`: ");
        desk.type_in("half a pass");
        desk.type_in(key);
        let end = end(child);
        assert_eq!((end.signal, end.report), (Some(signal.as_raw()), Vec::new()));
        assert!(desk.echoes());
    }
}

#[test]
fn a_signal_ends_it_and_half_a_passphrase_is_left_to_nobody() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::ALARM, Signal::USR1, Signal::USR2] {
        let mut desk = Desk::new();
        let child = desk.start("old");
        desk.wait_for("default`: ");
        desk.type_in("half a pass");
        send(&child, signal);
        let end = end(child);
        assert_eq!((end.signal, end.report), (Some(signal.as_raw()), Vec::new()), "{signal:?}");
        assert!(desk.echoes(), "{signal:?}");
        assert_eq!(desk.left_to_read(), "\n", "{signal:?}");
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let mut desk = Desk::new();
    let child = desk.seat(role::behind_shell("old", "trap '' INT HUP;", "")).spawn().unwrap();
    desk.wait_for("default`: ");
    send(&child, Signal::INT);
    send(&child, Signal::HUP);
    desk.type_in("hunter2\n");
    assert_eq!(end(child).report[0], "Terminal \"hunter2\"");
}

#[test]
fn afterwards_signals_do_what_they_did_before() {
    let mut desk = Desk::new();
    let mut command = role::command("stay");
    command.stdin(Stdio::piped());
    let mut child = desk.seat(command).spawn().unwrap();
    let stdin = child.stdin.take();
    desk.wait_for("default`: ");
    desk.type_in("hunter2\n");
    // The line break comes before signals are given back; the report, after.
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("REPORT fd=") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut stdout, &mut line).unwrap(), 0);
    }
    send(&child, Signal::TERM);
    assert_eq!(end(child).signal, Some(Signal::TERM.as_raw()));
    drop(stdin);
}

#[test]
fn without_a_terminal_the_error_names_both_variables() {
    let end = end(role::command("no-terminal").spawn().unwrap());
    assert!(end.report[0].starts_with("error no_terminal Identity "), "{:?}", end.report);
    for name in ["LEASH_PASSPHRASE_FD", "LEASH_PASSPHRASE_FILE"] {
        assert!(end.report[0].contains(name), "{:?}", end.report);
    }
}
