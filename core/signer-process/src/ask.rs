//! Asking the user on the terminal, while the plugin may be doing anything on it.

use std::{
    fs,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{CWD, Mode, OFlags, openat},
    io::{Errno, read, write},
    termios::{
        InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector, Termios, tcflush, tcgetattr,
        tcsetattr,
    },
};

use crate::process::{Process, timespec};

/// How often to look whether the plugin was put into the background.
const TICK: Duration = Duration::from_millis(100);

const GONE: &str = "the terminal is gone";
pub(crate) const BACKGROUND: &str = "the plugin runs in the background, where nobody can be asked";

/// The user's terminal, opened by the host. Reading and writing never wait.
pub(crate) fn open_terminal() -> Option<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    openat(CWD, "/dev/tty", flags, Mode::empty()).ok()
}

/// Whether this system lets a process put characters into its terminal's input, as if they were typed. Then nobody is
/// asked for a signature, but for a plugin that is shut in.
#[must_use]
pub fn anyone_can_type() -> bool {
    // Systems that don't have the switch allow it.
    fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").map_or(true, |value| value.trim() != "0")
}

/// Asks; comes back where the answer is yes.
///
/// # Errors
/// Why it is no.
pub(crate) fn ask(
    terminal: &OwnedFd,
    plugin: &Process,
    client: Option<BorrowedFd<'_>>,
    question: &str,
) -> Result<(), &'static str> {
    if !plugin.is_in_front() {
        return Err(BACKGROUND);
    }
    let before = tcgetattr(terminal).map_err(|_| GONE)?;
    set(terminal, &readable(before.clone()))?;
    let desk = Desk { terminal, plugin, client };
    let answer = desk.say(question).and_then(|()| desk.hear());
    // After its end, or behind the shell's back, the plugin's settings would be in somebody's way.
    if plugin.is_in_front() && !plugin.ends_within(Duration::ZERO) {
        let _ = tcsetattr(terminal, OptionalActions::Now, &before);
    }
    answer
}

/// The plugin may have switched off lines, echo or Ctrl-C.
fn readable(mut termios: Termios) -> Termios {
    termios.input_modes |= InputModes::ICRNL;
    termios.input_modes -= InputModes::IGNCR | InputModes::INLCR;
    termios.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
    termios.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    termios.local_modes -= LocalModes::NOFLSH;
    termios
}

/// Settings, and nothing left of what was typed before the question was seen. (Not in one call: that one would
/// wait for the screen, which the plugin may have stopped.)
fn set(terminal: &OwnedFd, termios: &Termios) -> Result<(), &'static str> {
    tcsetattr(terminal, OptionalActions::Now, termios).map_err(|_| GONE)?;
    tcflush(terminal, QueueSelector::IFlush).map_err(|_| GONE)
}

struct Desk<'a> {
    terminal: &'a OwnedFd,
    plugin: &'a Process,
    client: Option<BorrowedFd<'a>>,
}

impl Desk<'_> {
    fn say(&self, text: &str) -> Result<(), &'static str> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match write(self.terminal, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT)?,
                Err(_) => return Err(GONE),
            }
        }
        Ok(())
    }

    fn hear(&self) -> Result<(), &'static str> {
        let mut line = [0; 64];
        loop {
            self.wait(PollFlags::IN)?;
            match read(self.terminal, &mut line) {
                Ok(0) => return Err("the user gave no answer"),
                Ok(count) => {
                    // What a shell's line editor was to get is not an answer to us.
                    if !self.plugin.is_in_front() {
                        return Err(BACKGROUND);
                    }
                    let answer = line[..count].strip_suffix(b"\n").map(<[u8]>::to_ascii_lowercase);
                    return match answer.as_deref().map(<[u8]>::trim_ascii) {
                        Some(b"y" | b"yes") => Ok(()),
                        _ => Err("the user said no"),
                    };
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => return Err(GONE),
            }
        }
    }

    /// Waits for the terminal as long as there is a reason to.
    fn wait(&self, wanted: PollFlags) -> Result<(), &'static str> {
        loop {
            let client = self.client.unwrap_or_else(|| self.plugin.as_fd());
            let mut watched = [
                PollFd::new(self.plugin, PollFlags::IN),
                PollFd::from_borrowed_fd(client, PollFlags::empty()),
                PollFd::new(self.terminal, wanted),
            ];
            match poll(&mut watched, Some(&timespec(TICK))) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return Err(GONE),
            }
            if !watched[0].revents().is_empty() {
                return Err("the plugin ended");
            }
            if self.client.is_some() && !watched[1].revents().is_empty() {
                return Err("who asked is gone");
            }
            if !self.plugin.is_in_front() {
                return Err(BACKGROUND);
            }
            if !watched[2].revents().is_empty() {
                return Ok(());
            }
        }
    }
}
