//! A question at the terminal, whose answer isn't shown.

use std::{
    fs::File,
    io::{self, ErrorKind, Read as _, Write as _},
};

use leash_output::{Error, Kind};
use leash_protocol::env::PASSPHRASE_FD;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use zeroize::Zeroizing;

use super::{
    PASSPHRASE_FILE,
    accept::MAX,
    hidden::{self, Hidden},
};
use crate::signals::{self, Caught};

/// The terminal that this process is on, whatever stdin and stdout are.
pub(super) struct Terminal(File);

type Answers<const N: usize> = [Zeroizing<Vec<u8>>; N];

impl Terminal {
    /// Opens it.
    pub(super) fn open() -> Result<Self, Error> {
        File::options().read(true).write(true).open("/dev/tty").map(Self).map_err(|_| {
            Error::new(Kind::Identity, crate::NO_TERMINAL, "a passphrase is needed, and there is no terminal to ask at")
                .hint(format!(
                    "hand it over: {PASSPHRASE_FD} (the number of a descriptor) or {PASSPHRASE_FILE} (a file of mode 600)"
                ))
        })
    }

    /// Asks these questions, one after the other. After a stop (Ctrl-Z) it starts over.
    pub(super) fn ask<const N: usize>(&self, prompts: [&str; N]) -> Result<Answers<N>, Error> {
        loop {
            let caught = Caught::all().map_err(|error| failed(&error))?;
            let answers = self.attempt(prompts, &caught);
            // The terminal is as it was, so one of these may end the process, or stop it.
            let came = caught.finish();
            if let Some(signal) = signals::let_through(&came) {
                let message = format!("{signal} came while the passphrase was asked for");
                return Err(Error::new(Kind::Interrupted, "interrupted", message));
            }
            if came.is_empty() {
                return answers.map_err(|error| failed(&error));
            }
        }
    }

    /// Whether what is typed there comes to this process.
    pub(super) fn is_in_front(&self) -> bool {
        hidden::is_in_front(&self.0)
    }

    /// Says something.
    pub(super) fn say(&self, text: &str) {
        let _ = writeln!(&self.0, "{}", leash_output::escape(text));
    }

    fn attempt<const N: usize>(&self, prompts: [&str; N], caught: &Caught) -> io::Result<Answers<N>> {
        let mut answers = [(); N].map(|()| Zeroizing::new(Vec::new()));
        let _hidden = Hidden::new(&self.0)?;
        for (prompt, answer) in prompts.into_iter().zip(&mut answers) {
            (&self.0).write_all(leash_output::escape(prompt).as_bytes())?;
            let read = self.line(caught, answer);
            // The line break that was typed isn't shown.
            (&self.0).write_all(b"\n")?;
            read?;
        }
        Ok(answers)
    }

    /// Reads a line. A signal ends it with an error.
    fn line(&self, caught: &Caught, line: &mut Vec<u8>) -> io::Result<()> {
        // One byte more than allowed, so that a longer line is seen to be one. It never moves.
        line.reserve_exact(MAX + 1);
        let mut byte = Zeroizing::new([0]);
        loop {
            let mut both = [PollFd::new(caught, PollFlags::IN), PollFd::new(&self.0, PollFlags::IN)];
            match poll(&mut both, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if !both[0].revents().is_empty() {
                return Err(ErrorKind::Interrupted.into());
            }
            if both[1].revents().is_empty() {
                continue;
            }
            match (&self.0).read(&mut byte[..]) {
                Ok(0) if line.is_empty() => return Err(io::Error::other("nothing was typed")),
                Ok(0) => return Ok(()),
                Ok(_) if byte[0] == b'\n' => return Ok(()),
                Ok(_) if line.len() <= MAX => line.push(byte[0]),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        Kind::Identity,
        "no_passphrase",
        format!("cannot ask for the passphrase at the terminal: {error}"),
    )
    .hint(format!("run it again, or hand it over with {PASSPHRASE_FD} or {PASSPHRASE_FILE}"))
}

#[cfg(test)]
mod tests;
