//! A passphrase that is typed at a terminal.

use leash_tests::Terminal;

use super::{PASSPHRASE, World};

/// The question.
pub(super) const ASKED: &str = "passphrase of agent `default`: ";

/// A line of the shell, on a terminal that is the shell's own.
pub(super) fn desk(world: &World, line: &str) -> Terminal {
    let bin = world.home.join("bin");
    let run = world.home.run("setsid", ["--ctty", "--wait", "/bin/sh", "-c", line]);
    Terminal::start(run.path(&[&bin, &leash_tests::programs()]).env("OUT", world.home.join("out")))
}

/// Types a passphrase where one is asked for, for so many times now.
pub(super) fn answer(terminal: &mut Terminal, question: &str, times: usize, passphrase: &str) {
    terminal.wait_for_times(question, times);
    terminal.type_in(&format!("{passphrase}\n"));
}

#[test]
fn a_new_one_is_asked_for_twice_and_never_shown() {
    let world = World::new();
    let mut terminal = desk(&world, "leash key protect; echo status=$?; leash key status");
    let (first, second) = ("new passphrase for agent `default`: ", "the same again: ");
    answer(&mut terminal, first, 1, PASSPHRASE);
    answer(&mut terminal, second, 1, "something else");
    terminal.wait_for("these two differ; once more");
    answer(&mut terminal, first, 2, PASSPHRASE);
    answer(&mut terminal, second, 2, PASSPHRASE);
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    assert!(screen.contains("status=0") && screen.contains("encrypted, locked"), "{screen}");
    assert!(!screen.contains(PASSPHRASE) && !screen.contains("something else"), "{screen}");
    assert!(world.is_encrypted() && !world.key_is_somewhere());
}

#[test]
fn a_command_that_signs_asks_and_asks_again() {
    let world = World::protected();
    let mut terminal = desk(&world, "leash api-key list </dev/null; echo status=$?");
    answer(&mut terminal, ASKED, 1, "mistyped");
    answer(&mut terminal, ASKED, 2, PASSPHRASE);
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=0") && !screen.contains("mistyped"), "{screen}");
    assert!(world.all_signed());

    let mut terminal = desk(&world, "leash api-key list; echo status=$?");
    for time in 1..=3 {
        answer(&mut terminal, ASKED, time, "wrong");
    }
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=4"), "{screen}");
    assert_eq!(screen.matches("that is not the passphrase").count(), 2, "{screen}");
}

#[test]
fn what_needs_no_key_asks_for_nothing() {
    let world = World::protected();
    let (_, screen) =
        desk(&world, "leash agent show; leash agent list; leash key status; leash doctor").end();
    assert!(screen.contains("executive_pubkey") && !screen.contains("passphrase of"), "{screen}");
}

#[test]
fn ctrl_c_leaves_the_terminal_as_it_was() {
    let world = World::protected();
    let plain = World::new();
    for (world, words) in [(&plain, "key protect"), (&world, "api-key list"), (&world, "key unprotect")] {
        let line = format!("trap : INT; leash {words}; echo status=$?; stty -a; echo there");
        let mut terminal = desk(world, &line);
        terminal.wait_for("passphrase ");
        terminal.type_in("half of it\u{3}");
        let (_, screen) = terminal.end();
        assert!(screen.contains("status=130") && screen.contains("there"), "{screen}");
        assert!(screen.contains(" echo ") && !screen.contains("-echo "), "{screen}");
        assert!(!screen.contains("half of it"), "{screen}");
    }
    assert!(!plain.is_encrypted() && world.is_encrypted() && world.api.calls().is_empty());
}
