//! A passphrase that is typed at a terminal.

use leash_tests::Terminal;

use super::{PASSPHRASE, World};

/// A line of the shell, on a terminal that is the shell's own.
pub(super) fn desk(world: &World, line: &str) -> Terminal {
    let bin = world.home.join("bin");
    let run = world.home.run("setsid", ["--ctty", "--wait", "/bin/sh", "-c", line]);
    Terminal::start(run.path(&[&bin, &leash_tests::programs()]).env("OUT", world.home.join("out")))
}

/// Types a passphrase where one is asked for.
pub(super) fn answer(terminal: &mut Terminal, question: &str, passphrase: &str) {
    terminal.wait_for(question);
    terminal.type_in(&format!("{passphrase}\n"));
}

#[test]
fn a_new_one_is_asked_for_twice_and_never_shown() {
    let world = World::new();
    let mut terminal = desk(&world, "leash key protect; echo status=$?; leash key status");
    answer(&mut terminal, "new passphrase for agent `default`: ", PASSPHRASE);
    answer(&mut terminal, "the same again: ", "something else");
    answer(&mut terminal, "these two differ; once more\r\nnew passphrase for agent `default`: ", PASSPHRASE);
    terminal.wait_for("once more\r\nnew passphrase for agent `default`: \r\nthe same again: ");
    terminal.type_in(&format!("{PASSPHRASE}\n"));
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
    answer(&mut terminal, "passphrase of agent `default`: ", "mistyped");
    terminal.wait_for("that is not the passphrase");
    terminal.wait_for("not the passphrase\r\npassphrase of agent `default`: ");
    terminal.type_in(&format!("{PASSPHRASE}\n"));
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=0") && !screen.contains("mistyped"), "{screen}");
    assert!(world.all_signed());

    let mut terminal = desk(&world, "leash api-key list; echo status=$?");
    let mut before = String::new();
    for _ in 0..3 {
        let question = format!("{before}passphrase of agent `default`: ");
        answer(&mut terminal, &question, "wrong");
        before.push_str("passphrase of agent `default`: \r\nwarning: that is not the passphrase\r\n");
    }
    let (_, screen) = terminal.end();
    assert!(screen.contains("status=4"), "{screen}");
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
