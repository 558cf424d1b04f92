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

/// Why the user didn't agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAgreed {
    TerminalGone,
    /// The plugin isn't in the foreground of its terminal.
    Background,
    /// The terminal's input ended.
    NoAnswer,
    SaidNo,
    PluginEnded,
    /// Whoever asked for the signature is gone.
    ClientGone,
}

impl NotAgreed {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TerminalGone => "the terminal is gone",
            Self::Background => "the plugin runs in the background, where nobody can be asked",
            Self::NoAnswer => "the user gave no answer",
            Self::SaidNo => "the user said no",
            Self::PluginEnded => "the plugin ended",
            Self::ClientGone => "who asked is gone",
        }
    }
}

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
) -> Result<(), NotAgreed> {
    if !plugin.is_in_front() {
        return Err(NotAgreed::Background);
    }
    let before = tcgetattr(terminal).map_err(|_| NotAgreed::TerminalGone)?;
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
fn set(terminal: &OwnedFd, termios: &Termios) -> Result<(), NotAgreed> {
    tcsetattr(terminal, OptionalActions::Now, termios).map_err(|_| NotAgreed::TerminalGone)?;
    tcflush(terminal, QueueSelector::IFlush).map_err(|_| NotAgreed::TerminalGone)
}

struct Desk<'a> {
    terminal: &'a OwnedFd,
    plugin: &'a Process,
    client: Option<BorrowedFd<'a>>,
}

impl Desk<'_> {
    fn say(&self, text: &str) -> Result<(), NotAgreed> {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match write(self.terminal, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT)?,
                Err(_) => return Err(NotAgreed::TerminalGone),
            }
        }
        Ok(())
    }

    fn hear(&self) -> Result<(), NotAgreed> {
        let mut line = [0; 64];
        loop {
            self.wait(PollFlags::IN)?;
            match read(self.terminal, &mut line) {
                Ok(0) => return Err(NotAgreed::NoAnswer),
                Ok(count) => {
                    // What a shell's line editor was to get is not an answer to us.
                    if !self.plugin.is_in_front() {
                        return Err(NotAgreed::Background);
                    }
                    let answer = line[..count].strip_suffix(b"\n").map(<[u8]>::to_ascii_lowercase);
                    return match answer.as_deref().map(<[u8]>::trim_ascii) {
                        Some(b"y" | b"yes") => Ok(()),
                        _ => Err(NotAgreed::SaidNo),
                    };
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => return Err(NotAgreed::TerminalGone),
            }
        }
    }

    /// Waits for the terminal as long as there is a reason to.
    fn wait(&self, wanted: PollFlags) -> Result<(), NotAgreed> {
        loop {
            let client = self.client.unwrap_or_else(|| self.plugin.as_fd());
            let mut watched = [
                PollFd::new(self.plugin, PollFlags::IN),
                PollFd::from_borrowed_fd(client, PollFlags::empty()),
                PollFd::new(self.terminal, wanted),
            ];
            match poll(&mut watched, Some(&timespec(TICK))) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return Err(NotAgreed::TerminalGone),
            }
            if !watched[0].revents().is_empty() {
                return Err(NotAgreed::PluginEnded);
            }
            if self.client.is_some() && !watched[1].revents().is_empty() {
                return Err(NotAgreed::ClientGone);
            }
            if !self.plugin.is_in_front() {
                return Err(NotAgreed::Background);
            }
            if !watched[2].revents().is_empty() {
                return Ok(());
            }
        }
    }
}
