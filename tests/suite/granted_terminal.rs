//! A plugin on a terminal, with a signer and without one: jobs, Ctrl-C, size, modes.

use leash_test_needs::needs;
use leash_tests::Terminal;

use crate::world::World;

/// Says what happens to it, and asks for a signature when told so.
///
/// Python runs a handler between two of its steps, so a signal that comes just before it reads is heard only when there
/// is something to read. In the foreground it waits for both instead; in the background it has to read, and be stopped.
const PROBE: &str = r#"#!/usr/bin/env python3
import os, select, signal, subprocess, sys, termios, tty

def say(*words):
    os.write(1, (' '.join(map(str, words)) + '\n').encode())

def sign():
    if 'LEASH_SIGNER' in os.environ:
        words = [os.environ['LEASH_BIN'], '-q', 'api', 'GET', '/v1/agents/{mint}/api-keys']
        say('api:', subprocess.run(words, pass_fds=[int(os.environ['LEASH_SIGNER'][3:])]).returncode)

def lines():
    while True:
        if os.getpgrp() == os.tcgetpgrp(0):
            ready = select.select([0, told], [], [])[0]
            if told in ready:
                os.read(told, 512)
            if 0 not in ready:
                continue
        line = os.read(0, 512)
        if not line:
            return
        yield line.decode()

told, tell = os.pipe()
os.set_blocking(tell, False)
signal.set_wakeup_fd(tell)
signal.signal(signal.SIGWINCH, lambda *_: say('size', *os.get_terminal_size()))
signal.signal(signal.SIGINT, lambda *_: (say('caught'), sign(), sys.exit(7)))
signal.signal(signal.SIGCONT, lambda *_: say('on again'))
say('in front', os.getpgrp() == os.tcgetpgrp(0))
if sys.argv[1:] == ['raw']:
    before = termios.tcgetattr(0)
    tty.setraw(0)
    say('raw\r')
    key = os.read(0, 1)
    termios.tcsetattr(0, termios.TCSANOW, before)
    say('key', key)
    sys.exit(0)
say('ready')
for line in lines():
    say('heard', line.strip())
    sign()
say('end of input')
"#;

fn both() -> [(World, Terminal); 2] {
    World::both("probe", PROBE).map(|world| {
        let mut terminal = Terminal::shell(&world.home);
        terminal.wait_for("at-1$ ");
        (world, terminal)
    })
}

fn leave(mut terminal: Terminal, prompt: u8) -> String {
    terminal.wait_for(&format!("at-{prompt}$ "));
    terminal.type_in("exit 0\n");
    let (status, screen) = terminal.end();
    assert_eq!(status, Some(0), "{screen}");
    screen
}

#[needs("python3")]
#[test]
fn a_job_can_be_stopped_and_go_on() {
    for (number, (world, mut terminal)) in both().into_iter().enumerate() {
        terminal.type_in("leash -q probe mark-1\n");
        terminal.wait_for("ready");
        terminal.type_in("\x1a");
        terminal.wait_for("Stopped");
        terminal.wait_for("at-2$ ");
        let signers = World::signers("mark-1");
        assert_eq!(signers.len(), number);
        terminal.type_in("jobs -l; echo in-$((1+1))-shell\n");
        terminal.wait_for("in-2-shell");
        terminal.wait_for("at-3$ ");
        terminal.type_in("fg\n");
        terminal.wait_for("on again");
        terminal.type_in("hello\n");
        terminal.wait_for("heard hello");
        terminal.type_in("\x04");
        terminal.wait_for("end of input");
        terminal.wait_for("at-4$ ");
        terminal.type_in("echo status-$?-\n");
        terminal.wait_for("status-0-");
        let screen = leave(terminal, 5);
        assert!(screen.contains("in front True"), "{screen}");
        World::assert_gone(&signers);
        assert_eq!(screen.contains("api: 0"), world.api.calls().len() == 1, "{screen}");
        world.assert_all_signed();
    }
}

#[needs("python3")]
#[test]
fn an_interrupt_reaches_the_plugin_and_not_its_signer() {
    for (number, (world, mut terminal)) in both().into_iter().enumerate() {
        terminal.type_in("leash -q probe mark-2\n");
        terminal.wait_for("ready");
        terminal.type_in("\x03");
        terminal.wait_for("at-2$ ");
        terminal.type_in("echo status-$?-\n");
        terminal.wait_for("status-7-");
        let screen = leave(terminal, 3);
        assert_eq!(world.api.calls().len(), number, "{screen}");
        assert_eq!(screen.contains("api: 0"), number == 1, "{screen}");
    }
}

#[needs("python3")]
#[test]
fn it_dies_of_an_interrupt_that_it_does_not_catch() {
    let script = "#!/bin/sh\necho ready\nread -r line\n";
    for (number, world) in World::both("dies", script).into_iter().enumerate() {
        let mut terminal = Terminal::shell(&world.home);
        terminal.wait_for("at-1$ ");
        terminal.type_in("leash -q dies mark-3\n");
        terminal.wait_for("ready");
        let signers = World::signers("mark-3");
        assert_eq!(signers.len(), number);
        terminal.type_in("\x03");
        World::assert_gone(&signers);
        terminal.wait_for("at-2$ ");
        terminal.type_in("echo status-$?-\n");
        terminal.wait_for("status-130-");
        let _ = leave(terminal, 3);
    }
}

#[needs("python3")]
#[test]
fn it_is_told_of_the_terminals_size() {
    for (_, mut terminal) in both() {
        terminal.resize(91, 17);
        terminal.type_in("stty size; leash -q probe\n");
        terminal.wait_for("17 91");
        terminal.wait_for("ready");
        terminal.resize(123, 45);
        terminal.wait_for("size 123 45");
        terminal.type_in("\x03");
        let _ = leave(terminal, 2);
    }
}

#[needs("python3")]
#[test]
fn raw_mode_is_the_plugins_own_affair() {
    for (_, mut terminal) in both() {
        terminal.type_in("leash -q probe\n");
        terminal.wait_for("ready");
        let before = terminal.modes();
        terminal.type_in("\x03");
        terminal.wait_for("at-2$ ");
        terminal.type_in("stty sane; leash -q probe raw; stty -a | head -n 1; echo after-$?-\n");
        terminal.wait_for("raw\r");
        assert_ne!(terminal.modes(), before);
        // Not a signal here, but a key.
        terminal.type_in("\x03");
        terminal.wait_for("key b'\\x03'");
        terminal.wait_for("after-0-");
        let _ = leave(terminal, 3);
    }
}

#[needs("python3")]
#[test]
fn a_job_in_the_background_stops_where_it_reads() {
    for (_, mut terminal) in both() {
        terminal.type_in("leash -q probe mark-4 &\n");
        terminal.wait_for("at-2$ ");
        terminal.wait_for("ready");
        terminal.type_in("wait -n %1 2> /dev/null; jobs; echo jobs-$((1+1))-\n");
        terminal.wait_for("jobs-2-");
        terminal.wait_for("at-3$ ");
        terminal.type_in("fg\n");
        terminal.wait_for("on again");
        terminal.type_in("late\n");
        terminal.wait_for("heard late");
        terminal.type_in("\x04");
        terminal.wait_for("end of input");
        let screen = leave(terminal, 4);
        assert!(screen.contains("in front False"), "{screen}");
    }
}
