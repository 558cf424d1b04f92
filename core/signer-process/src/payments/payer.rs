//! The payer as the signer sees it: started for one payment, spoken with, and left alone once that is over.
//!
//! It runs from a copy in memory that nobody may read, so that the kernel lets no other process of this user look into it
//! from its first instruction, or take its socket. Where the system lets no memory be executed, and as root, it can only shut
//! itself in as soon as it runs.

use std::{
    fs::File,
    io::{self, Read as _},
    os::{
        fd::{AsFd as _, AsRawFd as _, OwnedFd},
        unix::process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use leash_protocol::frame::MAX_FRAME;
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{MemfdFlags, Mode, fchmod, memfd_create},
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair},
};
use serde::Serialize;
use zeroize::Zeroizing;

use leash_payer_protocol::{Reply, Word};

use crate::{
    process::{Process, timespec},
    spec::PayerSpec,
};

/// Far more than any program has.
const LARGEST: u64 = 512 * 1024 * 1024;

/// A payer at work. What it works on is kept by it, and dies with it.
#[derive(Debug)]
pub(super) struct Payer {
    socket: OwnedFd,
    child: Child,
}

/// Why there is nothing to hear.
#[derive(Debug)]
pub(super) enum Silence {
    /// The plugin has ended, so nobody wants to know.
    Ended,
    /// The payer has, or it makes no sense.
    Gone,
}

impl Payer {
    /// Starts one.
    pub(super) fn start(spec: &PayerSpec) -> io::Result<Self> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        // Kept until it is executed.
        let copy = unreadable_copy(&spec.program)?;
        let program = copy.as_ref().map_or_else(|| spec.program.clone(), fd_path);
        let child = Command::new(program)
            .arg0("leash-payer")
            .env_clear()
            .envs(spec.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { socket: ours, child })
    }

    /// Says something. What was said is wiped here, since the first thing holds a secret.
    pub(super) fn say(&self, what: &impl Serialize, plugin: &Process) -> Result<(), Silence> {
        let json = Zeroizing::new(serde_json::to_vec(what).map_err(|_| Silence::Gone)?);
        let length = u32::try_from(json.len()).map_err(|_| Silence::Gone)?;
        for part in [&length.to_be_bytes()[..], &json] {
            let mut rest = part;
            while !rest.is_empty() {
                match send(&self.socket, rest, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                    Ok(count) => rest = &rest[count..],
                    Err(Errno::AGAIN) => self.wait(PollFlags::OUT, plugin)?,
                    Err(Errno::INTR) => {}
                    Err(_) => return Err(Silence::Gone),
                }
            }
        }
        Ok(())
    }

    /// The next word.
    pub(super) fn hear(&self, plugin: &Process) -> Result<Word, Silence> {
        let mut head = [0; 4];
        self.fill(&mut head, plugin)?;
        let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(Silence::Gone);
        }
        let mut json = vec![0; length];
        self.fill(&mut json, plugin)?;
        serde_json::from_slice(&json).map_err(|_| Silence::Gone)
    }

    fn fill(&self, buffer: &mut [u8], plugin: &Process) -> Result<(), Silence> {
        let mut filled = 0;
        while filled < buffer.len() {
            match recv(&self.socket, &mut buffer[filled..], RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Err(Silence::Gone),
                Ok((count, _)) => filled += count,
                Err(Errno::AGAIN) => self.wait(PollFlags::IN, plugin)?,
                Err(Errno::INTR) => {}
                Err(_) => return Err(Silence::Gone),
            }
        }
        Ok(())
    }

    fn wait(&self, wanted: PollFlags, plugin: &Process) -> Result<(), Silence> {
        let mut watched = [
            PollFd::from_borrowed_fd(plugin.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.socket.as_fd(), wanted),
        ];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Err(Silence::Gone),
        }
        if watched[0].revents().is_empty() { Ok(()) } else { Err(Silence::Ended) }
    }

    /// Tells it that what it bought has arrived, and lets it go; `false` where it isn't known whether it understood.
    pub(super) fn arrived(self, plugin: &Process) -> (bool, Child) {
        let told = self.say(&Reply::Arrived, plugin).is_ok();
        // It answers at once; whether the plugin has ended in the meantime makes no difference to it.
        let understood = told && matches!(self.hear_within(Duration::from_secs(5)), Ok(Word::Bye));
        (understood, self.child)
    }

    /// Lets it go as it is; what it has in hand is kept for the next run.
    pub(super) fn leave(self) -> Child {
        self.child
    }

    fn hear_within(&self, time: Duration) -> Result<Word, Silence> {
        let time = timespec(time);
        let mut watched = [PollFd::from_borrowed_fd(self.socket.as_fd(), PollFlags::IN)];
        match poll(&mut watched, Some(&time)) {
            Ok(1..) => {}
            _ => return Err(Silence::Gone),
        }
        let mut bytes = Vec::new();
        let mut stream = File::from(self.socket.try_clone().map_err(|_| Silence::Gone)?);
        // A word that has begun to come is there whole: it is a few bytes.
        let mut head = [0; 4];
        stream.read_exact(&mut head).map_err(|_| Silence::Gone)?;
        let length = u64::from(u32::from_be_bytes(head)).min(MAX_FRAME as u64);
        stream.take(length).read_to_end(&mut bytes).map_err(|_| Silence::Gone)?;
        serde_json::from_slice(&bytes).map_err(|_| Silence::Gone)
    }
}

/// A copy of a program in memory that this user may execute and not read; none where the system executes no memory.
fn unreadable_copy(program: &Path) -> io::Result<Option<OwnedFd>> {
    let source = File::open(program)?;
    let copy = match memfd_create("leash-payer", MemfdFlags::CLOEXEC | MemfdFlags::EXEC) {
        Ok(copy) => copy,
        // Before Linux 6.3 there was no such flag, and all of them could be executed.
        Err(Errno::INVAL) => memfd_create("leash-payer", MemfdFlags::CLOEXEC)?,
        Err(_) => return Ok(None),
    };
    let mut file = File::from(copy);
    io::copy(&mut source.take(LARGEST), &mut file)?;
    fchmod(&file, Mode::from_raw_mode(0o111))?;
    Ok(Some(file.into()))
}

fn fd_path(fd: &OwnedFd) -> PathBuf {
    format!("/proc/self/fd/{}", fd.as_raw_fd()).into()
}
