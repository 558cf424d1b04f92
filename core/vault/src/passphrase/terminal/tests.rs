//! Questions on a pseudo-terminal, with the test at the keyboard.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr},
};

use super::*;

/// The keyboard and screen, and the terminal that a program sees.
fn pair() -> (File, File) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let terminal = rustix::fs::open(name.as_c_str(), flags, rustix::fs::Mode::empty()).unwrap();
    (controller.into(), terminal.into())
}

/// Types each answer once its question is on the screen; what was on the screen.
fn sit_at(mut keyboard: File, answers: Vec<(&'static str, Vec<u8>)>) -> thread::JoinHandle<(String, File)> {
    thread::spawn(move || {
        let (mut screen, mut from) = (Vec::new(), 0);
        let mut wait_for = |keyboard: &mut File, text: &str| loop {
            let seen = String::from_utf8_lossy(&screen[from..]).into_owned();
            if let Some(place) = seen.find(text) {
                from += place + text.len();
                return String::from_utf8_lossy(&screen).into_owned();
            }
            let mut bytes = [0; 256];
            let count = keyboard.read(&mut bytes).unwrap();
            screen.extend_from_slice(&bytes[..count]);
        };
        for (prompt, answer) in answers {
            wait_for(&mut keyboard, prompt);
            keyboard.write_all(&answer).unwrap();
        }
        (wait_for(&mut keyboard, "\n"), keyboard)
    })
}

fn echoes(terminal: &File) -> bool {
    tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ECHO)
}

#[test]
fn asks_in_turn_and_shows_nothing_of_the_answers() {
    let (keyboard, device) = pair();
    let terminal = Terminal(device);
    let person =
        sit_at(keyboard, vec![("one: ", b"hunter2\n".to_vec()), ("two: ", b"naive \xc3\xaf\n".to_vec())]);
    let [one, two] = terminal.ask(["one: ", "two: "]).unwrap();
    assert_eq!((&one[..], &two[..]), (&b"hunter2"[..], "naive ï".as_bytes()));
    let (screen, _keyboard) = person.join().unwrap();
    assert_eq!(screen, "one: \r\ntwo: \r\n");
    assert!(echoes(&terminal.0));
}

#[test]
fn a_terminal_that_was_raw_is_raw_again() {
    let (keyboard, device) = pair();
    let mut raw = tcgetattr(&device).unwrap();
    raw.make_raw();
    tcsetattr(&device, OptionalActions::Now, &raw).unwrap();
    let terminal = Terminal(device);
    let person = sit_at(keyboard, vec![("one: ", b"hunter2\r".to_vec())]);
    let [answer] = terminal.ask(["one: "]).unwrap();
    assert_eq!(*answer, b"hunter2");
    let (_screen, _keyboard) = person.join().unwrap();
    assert_eq!(tcgetattr(&terminal.0).unwrap().local_modes, raw.local_modes);
    assert_eq!(tcgetattr(&terminal.0).unwrap().input_modes, raw.input_modes);
}

#[test]
fn an_answer_can_be_corrected_and_has_a_limit() {
    let (keyboard, device) = pair();
    let terminal = Terminal(device);
    let long = [&[b'x'; 3000][..], b"\n"].concat();
    let person = sit_at(keyboard, vec![("one: ", b"wrong\x15huntre\x7f\x7fer2\n".to_vec()), ("two: ", long)]);
    let [one, two] = terminal.ask(["one: ", "two: "]).unwrap();
    assert_eq!(*one, b"hunter2");
    assert_eq!(two.len(), MAX + 1, "one more than is accepted");
    person.join().unwrap();
}

#[test]
fn the_end_of_the_input_is_no_answer() {
    let (keyboard, device) = pair();
    let terminal = Terminal(device);
    let person = sit_at(keyboard, vec![("one: ", b"\x04".to_vec())]);
    let error = terminal.ask(["one: "]).unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Identity, "no_passphrase"));
    let (_screen, _keyboard) = person.join().unwrap();
    assert!(echoes(&terminal.0));
}

#[test]
fn a_terminal_that_goes_away_is_an_error() {
    let (mut keyboard, device) = pair();
    let terminal = Terminal(device);
    let closing = thread::spawn(move || {
        keyboard.read_exact(&mut [0; 5]).unwrap();
        keyboard.write_all(b"half an ans").unwrap();
        drop(keyboard);
    });
    assert_eq!(terminal.ask(["one: "]).unwrap_err().code(), "no_passphrase");
    closing.join().unwrap();
}

#[test]
fn a_panic_leaves_the_echo_on() {
    let (_keyboard, device) = pair();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _hidden = Hidden::new(&device).unwrap();
        assert!(!echoes(&device));
        panic!("while nothing is shown");
    }));
    assert!(panicked.is_err());
    assert!(echoes(&device));
}

#[test]
fn what_a_prompt_says_is_made_safe() {
    let (keyboard, device) = pair();
    let terminal = Terminal(device);
    let person = sit_at(keyboard, vec![(": ", b"x\n".to_vec())]);
    terminal.ask(["\u{1b}[2Jof: "]).unwrap();
    let (screen, _keyboard) = person.join().unwrap();
    assert_eq!(screen, "\\u{1b}[2Jof: \r\n");
}
