//! The host's side: starting a signer.

use std::{io, os::fd::OwnedFd, path::PathBuf};

use leash_chain::Address;
use leash_output::Error;
use leash_protocol::manifest::{Consent, SignerAt};
use rustix::{
    net::{AddressFamily, SocketFlags, SocketType, socketpair},
    process::{DumpableBehavior, child_subreaper, getpid},
};

use crate::{
    Presigned, Spec, ask,
    child::{self, Birth, start_failed},
    harden,
    process::Process,
    procfs,
    ready::{self, Passphrase, Ready},
    sys,
};

/// A signer that is ready.
#[derive(Debug)]
pub struct Started {
    /// How to reach it.
    pub reach: Reach,
    /// What it signed already.
    pub presigned: Vec<Presigned>,
    /// The public half of the key that it holds.
    pub executive: Address,
    /// Whether the key is locked, so that nothing will be signed.
    pub locked: bool,
    /// Its process.
    pub pid: u32,
}

/// How a plugin reaches its signer.
#[derive(Debug)]
pub enum Reach {
    /// By this descriptor, for it to inherit. It is close-on-exec until the host says otherwise.
    Fd(OwnedFd),
    /// By this socket.
    Unix(PathBuf),
}

/// A signer that was split off and gets ready.
#[derive(Debug)]
pub struct Starting {
    ear: OwnedFd,
    stream: Option<OwnedFd>,
    /// How open this process's memory was before.
    open: DumpableBehavior,
}

/// Splits off a signer for the plugin that this process is about to execute. It ends when this process ends, by
/// whatever name that then goes. What it needs to get ready takes time, in which the host can do what is left to do; but
/// nothing may be executed before [`Starting::ready`] has said what became of it.
///
/// # Errors
/// Where this process has more than one thread, or the system can't split it, shut one in or watch one.
pub fn begin(spec: Spec) -> Result<Starting, Error> {
    spec.check()?;
    // What another thread had locked while we split would stay locked in the signer forever.
    let threads = procfs::threads().map_err(|error| start_failed(&error))?;
    if threads != 1 {
        return Err(Error::failure(
            "internal",
            format!("a signer is started from one thread, and here are {threads}"),
        ));
    }
    split(spec).map_err(|error| start_failed(&error))
}

fn split(spec: Spec) -> io::Result<Starting> {
    let (stream, socket) = match spec.signer {
        SignerAt::Fd => {
            let (ours, theirs) =
                socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
            (Some(ours), Some(theirs))
        }
        SignerAt::Unix => (None, None),
    };
    let (ear, tell) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let terminal = if spec.grant.consent == Consent::Each { ask::open_terminal() } else { None };
    let birth = Birth { spec, plugin: Process::own()?, terminal, stream, host: tell };
    let we_adopt = getpid().is_init() || child_subreaper()?.is_some();
    // It is born shut in: whoever opened its memory before it shut itself in could still read it later.
    let open = harden::close_memory()?;
    sys::split(we_adopt, move || child::live(birth))?;
    Ok(Starting { ear, stream: socket, open })
}

impl Starting {
    /// The plugin's end of the stream, for it to inherit; none for a socket with a name. It is close-on-exec until the
    /// host says otherwise.
    #[must_use]
    pub const fn stream(&self) -> Option<&OwnedFd> {
        self.stream.as_ref()
    }

    /// Waits until it is ready.
    ///
    /// Where the key is locked and the kernel doesn't keep it, the signer has this process ask for the `passphrase`, since
    /// the terminal is this process's; where nobody can be asked, the signer says so to whoever wants a signature.
    ///
    /// # Errors
    /// Where the signer couldn't shut itself in, the identity can't be read, or it isn't the one that was granted. Then
    /// there is no signer, and nothing was signed.
    pub fn ready(self, passphrase: Passphrase<'_>) -> Result<Started, Error> {
        let mut asked = false;
        let ready = ready::hear(self.ear, &mut |last| {
            asked = true;
            passphrase(last)
        });
        // A passphrase that went through this process may have left traces in its memory.
        if !asked {
            harden::open_memory(self.open).map_err(|error| start_failed(&error))?;
        }
        started(ready?, self.stream)
    }
}

fn started(ready: Ready, stream: Option<OwnedFd>) -> Result<Started, Error> {
    let lost = || Error::failure("signer", "the signer said something else than was asked");
    match ready {
        Ready::Serving { pid, executive, presigned, socket, locked } => {
            let reach = match (stream, socket) {
                (Some(stream), None) => Reach::Fd(stream),
                (None, Some(path)) => Reach::Unix(path),
                _ => return Err(lost()),
            };
            let executive = executive.parse().map_err(|_| lost())?;
            Ok(Started { reach, presigned, executive, locked, pid: pid.cast_unsigned() })
        }
        Ready::Failed(failure) => Err(failure.error()),
        Ready::Ask(_) => Err(lost()),
    }
}
