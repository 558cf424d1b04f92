//! A pseudo-terminal with a test at its keyboard, and a process that has it as its own.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::role;

/// Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    keyboard: File,
    /// Open here too, so that its modes can be read when the process is gone.
    terminal: File,
    pub(crate) name: String,
    screen: Receiver<u8>,
    pub(crate) seen: String,
}

/// How a process ended.
pub(crate) struct End {
    pub(crate) signal: Option<i32>,
    pub(crate) report: Vec<String>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
        let terminal = File::from(rustix::fs::open(&name, flags, rustix::fs::Mode::empty()).unwrap());
        let keyboard = File::from(controller);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 256];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if bytes[..count].iter().any(|byte| sender.send(*byte).is_err()) {
                    return;
                }
            }
        });
        Self { keyboard, terminal, name, screen, seen: String::new() }
    }

    /// Starts a process in a role at this desk.
    pub(crate) fn start(&self, role: &str) -> Child {
        self.seat(role::command(role)).spawn().unwrap()
    }

    pub(crate) fn seat(&self, mut command: Command) -> Command {
        command.env(role::TERMINAL, &self.name);
        command
    }

    /// Waits until a text comes onto the screen, after all that was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut new = String::new();
        while !new.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(byte) = self.screen.recv_timeout(left) else {
                panic!("`{text}` never came: {}{new}", self.seen)
            };
            new.push(char::from(byte));
        }
        self.seen.push_str(&new);
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.terminal).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The bytes of an unfinished line, as the next reader of the terminal would get them.
    pub(crate) fn left_to_read(&mut self) -> String {
        self.keyboard.write_all(b"\n").unwrap();
        let mut bytes = [0; 4096];
        let count = (&self.terminal).read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }
}

/// Waits for a process's end.
pub(crate) fn end(child: Child) -> End {
    let output = child.wait_with_output().unwrap();
    let report = role::report(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    End { signal: output.status.signal(), report }
}

/// Waits until a process waits for input with the echo off: it is at its question.
pub(crate) fn is_asleep(child: &Child) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let tasks = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
        let asleep = |task: std::io::Result<fs::DirEntry>| {
            fs::read_to_string(task.unwrap().path().join("stat")).is_ok_and(|stat| stat.contains(") S "))
        };
        if tasks.into_iter().all(asleep) {
            return true;
        }
        thread::yield_now();
    }
    false
}
