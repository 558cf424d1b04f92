//! A terminal that doesn't show what is typed, for as long as it takes.

use std::{fs::File, io};

use rustix::termios::{InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// The echo is off as long as this lives; however it ends, the terminal is as it was.
pub(super) struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    /// Turns the echo off, and drops what was typed before the question.
    pub(super) fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        // Whatever a program before us left: lines, and Ctrl-C as a signal.
        modes.local_modes.insert(LocalModes::ICANON | LocalModes::ISIG);
        modes.input_modes.insert(InputModes::ICRNL);
        modes.input_modes.remove(InputModes::IGNCR);
        // There from the start, so that a half-done change is undone too.
        let hidden = Self { terminal, before };
        tcsetattr(terminal, OptionalActions::Flush, &modes)?;
        Ok(hidden)
    }
}

/// Whether this process is in the foreground of its terminal. Where the terminal doesn't say, it is.
pub(super) fn is_in_front(terminal: &File) -> bool {
    // Our own group has the number 0 where it was made outside of this container, which rustix can't say.
    let own = nix::unistd::getpgrp().as_raw();
    tcgetpgrp(terminal).map_or(true, |group| group.as_raw_nonzero().get() == own)
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // In the background the terminal is the shell's, and as the shell wants it.
        if !is_in_front(self.terminal) {
            return;
        }
        // What was typed of an unfinished line is not left for the shell to read.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
