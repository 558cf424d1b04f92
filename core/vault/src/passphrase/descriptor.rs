//! A passphrase from a descriptor that this process was started with.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, IsTerminal as _, Read as _},
    os::fd::{AsFd as _, OwnedFd},
    sync::atomic::{AtomicBool, Ordering::SeqCst},
};

use leash_output::{Error, Kind};
use leash_protocol::env::PASSPHRASE_FD;
use rustix::event::{PollFd, PollFlags, poll};
use zeroize::Zeroizing;

use super::accept::MAX;
use crate::sys;

/// Room for the longest passphrase with its line break, and for seeing that there is more.
const ROOM: usize = MAX + 3;

/// Whether the descriptor was read. What its number means afterwards is anybody's guess.
static READ: AtomicBool = AtomicBool::new(false);

/// Reads the descriptor to its end and closes it.
pub(super) fn read(number: &OsStr) -> Result<Zeroizing<Vec<u8>>, Error> {
    refuse_second_reading()?;
    let shown = leash_output::escape(&number.to_string_lossy()).into_owned();
    let number = parse(number);
    let descriptor = take(number).ok_or_else(|| {
        bad(format!("{PASSPHRASE_FD} is `{shown}`, which is not a descriptor that leash was started with"))
    })?;
    if descriptor.is_terminal() {
        return Err(bad(format!("{PASSPHRASE_FD} is `{shown}`, a terminal, which would show what is typed")));
    }
    READ.store(true, SeqCst);
    let bytes = read_all(descriptor)
        .map_err(|error| bad(format!("cannot read the descriptor `{shown}` of {PASSPHRASE_FD}: {error}")))?;
    sys::remove_variable(PASSPHRASE_FD);
    Ok(bytes)
}

/// A passphrase that came once is not asked for at the terminal the second time: a job would hang there.
pub(super) fn refuse_second_reading() -> Result<(), Error> {
    if READ.load(SeqCst) {
        let message =
            format!("a second passphrase is needed, and {PASSPHRASE_FD} was read to its end for the first");
        return Err(Error::new(Kind::Identity, "passphrase_read", message)
            .hint(format!("`unset {PASSPHRASE_FD}` to be asked at the terminal")));
    }
    Ok(())
}

/// Closes it unread.
pub(super) fn discard() {
    if READ.load(SeqCst) {
        return;
    }
    // A terminal is no source of passphrases, and likely the user's stdin.
    let number = super::variable(PASSPHRASE_FD).map_or(-1, |number| parse(&number));
    if number != 0 || !io::stdin().is_terminal() {
        drop(take(number));
    }
}

fn parse(number: &OsStr) -> i32 {
    number.to_str().map(str::trim).and_then(|text| text.parse().ok()).unwrap_or(-1)
}

fn take(number: i32) -> Option<OwnedFd> {
    match number {
        // Its place is kept, so that nothing else turns into this process's stdin.
        0 => {
            let stdin = rustix::io::fcntl_dupfd_cloexec(io::stdin().as_fd(), 3).ok()?;
            rustix::stdio::dup2_stdin(File::open("/dev/null").ok()?).ok()?;
            Some(stdin)
        }
        3.. => sys::take_inherited(number),
        _ => None,
    }
}

fn read_all(descriptor: OwnedFd) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::from(descriptor);
    let mut bytes = Zeroizing::new(vec![0; ROOM]);
    let mut length = 0;
    while length < ROOM {
        match file.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                poll(&mut [PollFd::new(&file, PollFlags::IN)], None)?;
            }
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn bad(message: String) -> Error {
    Error::new(Kind::Identity, "bad_passphrase_fd", message)
        .hint(format!("hand it one: `{PASSPHRASE_FD}=3 leash … 3<FILE`, or `unset {PASSPHRASE_FD}`"))
}
