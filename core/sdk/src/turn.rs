//! Turns: of all that share a socket, threads and processes, one speaks.
//!
//! Between processes it is a POSIX write lock on the socket itself. It needs no file that somebody could squat
//! or forget, no directory that an environment names, and ends with the process that holds it. A lock of that
//! kind belongs to a process and goes when the process closes *any* descriptor of the socket, so threads take
//! turns here, and a socket that is dropped during somebody's turn is closed at its end.
//!
//! Where the system can't lock a socket (Linux can), turns are taken between threads only.

use std::{
    collections::HashMap,
    os::fd::{AsFd, OwnedFd},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{FlockOperation, fcntl_lock, fstat},
    io::Errno,
};

/// What a socket is known by, whatever its descriptors are.
type Key = (u64, u64);

/// Whose turn it is: an entry for each socket that is in use, with the descriptors to close afterwards.
static TURNS: Mutex<Option<HashMap<Key, Vec<OwnedFd>>>> = Mutex::new(None);
static ENDED: Condvar = Condvar::new();

/// How long to wait between two tries for another process's lock.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(20);

/// The right to speak; ends when dropped.
pub(crate) struct Turn<'a> {
    socket: &'a OwnedFd,
    key: Key,
}

impl<'a> Turn<'a> {
    /// Takes the turn, or gives up at the deadline: then there is none.
    pub(crate) fn take(socket: &'a OwnedFd, deadline: Instant) -> Result<Option<Self>, Errno> {
        let key = key(socket)?;
        let mut turns = turns();
        while turns.as_ref().is_some_and(|turns| turns.contains_key(&key)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            turns = ENDED.wait_timeout(turns, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        turns.get_or_insert_default().insert(key, Vec::new());
        drop(turns);
        // From here on, dropping it gives the turn back.
        let turn = Self { socket, key };
        Ok(turn.lock(deadline)?.then_some(turn))
    }

    fn lock(&self, deadline: Instant) -> Result<bool, Errno> {
        let mut pause = SHORTEST;
        loop {
            match fcntl_lock(self.socket, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(true),
                Err(Errno::AGAIN | Errno::ACCESS | Errno::INTR) => {}
                // No lock on a socket here.
                Err(Errno::BADF | Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => return Ok(true),
                Err(other) => return Err(other),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _ = fcntl_lock(self.socket, FlockOperation::NonBlockingUnlock);
        // What is closed here was waiting for this.
        drop(turns().as_mut().and_then(|turns| turns.remove(&self.key)));
        ENDED.notify_all();
    }
}

/// Closes a socket, after the turn of whoever speaks on it now.
pub(crate) fn close(socket: OwnedFd) {
    let Ok(key) = key(&socket) else { return };
    let mut turns = turns();
    match turns.as_mut().and_then(|turns| turns.get_mut(&key)) {
        Some(waiting) => waiting.push(socket),
        None => drop(socket),
    }
}

fn turns() -> MutexGuard<'static, Option<HashMap<Key, Vec<OwnedFd>>>> {
    TURNS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(clippy::unnecessary_cast, reason = "its types differ between systems")]
fn key(socket: &impl AsFd) -> Result<Key, Errno> {
    let status = fstat(socket)?;
    Ok((status.st_dev as u64, status.st_ino as u64))
}
