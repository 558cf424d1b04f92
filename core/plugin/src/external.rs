//! Handing this process over to another executable.
//!
//! The plugin is executed in the process that the shell started, so its exit status, its signals and its
//! terminal are the kernel's business. No secret of the host's goes with it.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, Seek as _, Write as _},
    os::{fd::AsRawFd as _, fd::OwnedFd, unix::process::CommandExt as _},
    path::Path,
    process::Command,
};

use leash_identity::{Identity, Resolved};
use leash_output::{Error, Kind};
use leash_protocol::{
    MAX_DEPTH, PROTOCOL,
    context::{Context, Source},
    env as names,
};
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd},
};

use crate::{Host, context, host::depth};

/// The highest descriptor that a shell's `<&N` can name.
const MAX_FD: i32 = 9;

/// Executes a plugin. Comes back only where that failed.
pub(crate) fn run(
    host: &mut Host,
    path: &Path,
    name: &OsStr,
    source: Source,
    arguments: &[OsString],
) -> Result<(), Error> {
    let depth = depth().saturating_add(1);
    if depth > MAX_DEPTH {
        return Err(Error::new(Kind::Refused, "depth", "leash runs too deep inside leash")
            .hint("a plugin calls leash, which calls the plugin again: break the circle"));
    }
    let identity = match host.resolve_identity() {
        Ok(Resolved::Agent(identity)) => Some(*identity),
        Ok(Resolved::None(_)) => None,
        // What came with the host also helps to set up an identity that is broken.
        Err(_) if source == Source::Bundled => None,
        Err(error) => return Err(error),
    };
    let invocation = match env::var(names::INVOCATION) {
        Ok(outer) if depth > 1 => outer,
        _ => context::invocation()?,
    };
    let name = name.to_string_lossy();
    let context = context::make(host, &name, source, identity.as_ref(), invocation, depth)?;
    let mut command = Command::new(path);
    command.args(arguments);
    set_environment(&mut command, &context, identity.as_ref());
    let _kept_open = set_context(&mut command, &context);
    drop(identity);
    Err(exec_error(path, &command.exec()))
}

fn set_environment(command: &mut Command, context: &Context, identity: Option<&Identity>) {
    for (variable, _) in env::vars_os() {
        if variable.to_str().is_some_and(names::is_secret) {
            command.env_remove(variable);
        }
    }
    command
        .env(names::PROTOCOL, PROTOCOL.to_string())
        .env(names::BIN, &context.host.bin)
        .env(names::VERSION, &context.host.version)
        .env(names::PLUGIN, &context.plugin.name)
        .env(names::INVOCATION, &context.invocation)
        .env(names::DEPTH, context.depth.to_string())
        .env_remove(names::SIGNER)
        .env_remove(names::AGENT);
    let public = identity.map(|identity| {
        [
            (names::AGENT_MINT, identity.mint.to_string()),
            (names::EXECUTIVE_PUBKEY, identity.executive.public().to_string()),
            (names::NETWORK, identity.network.to_string()),
            (names::API_URL, identity.api_url.clone()),
            (names::RPC_URL, identity.rpc_url.clone()),
            (names::EXPLORER_URL, identity.explorer_url.clone()),
        ]
    });
    match public {
        Some(public) => {
            command.envs(public);
        }
        None => {
            for name in [
                names::AGENT_MINT,
                names::EXECUTIVE_PUBKEY,
                names::NETWORK,
                names::API_URL,
                names::RPC_URL,
                names::EXPLORER_URL,
            ] {
                command.env_remove(name);
            }
        }
    }
}

/// Puts the context into a variable, where it is small, and into a descriptor, where the system has such.
fn set_context(command: &mut Command, context: &Context) -> Option<OwnedFd> {
    let document = serde_json::to_string(context).unwrap_or_default();
    if document.len() <= names::CONTEXT_INLINE_MAX {
        command.env(names::CONTEXT, &document);
    } else {
        command.env_remove(names::CONTEXT);
    }
    command.env_remove(names::CONTEXT_FD);
    let descriptor = descriptor_with(document.as_bytes()).ok()?;
    if descriptor.as_raw_fd() <= MAX_FD && fcntl_setfd(&descriptor, FdFlags::empty()).is_ok() {
        command.env(names::CONTEXT_FD, descriptor.as_raw_fd().to_string());
    }
    Some(descriptor)
}

fn descriptor_with(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = std::fs::File::from(memfd_create("leash-context", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    // The lowest free one above the standard three.
    Ok(fcntl_dupfd_cloexec(&file, 3)?)
}

fn exec_error(path: &Path, error: &io::Error) -> Error {
    let shown = path.display();
    let (what, hint) = match error.kind() {
        io::ErrorKind::NotFound => (
            "its interpreter is not there".to_owned(),
            format!("look at its first line: `head -n 1 {shown}`"),
        ),
        io::ErrorKind::PermissionDenied => {
            ("this user may not execute it".to_owned(), format!("look at its mode: `ls -l {shown}`"))
        }
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => (
            "it is neither a program for this machine nor a script with a `#!` line".to_owned(),
            format!("look at it: `file {shown}`"),
        ),
        _ => (error.to_string(), format!("look at it: `ls -l {shown}`")),
    };
    Error::new(Kind::NotRunnable, "not_runnable", format!("cannot run `{shown}`: {what}")).hint(hint)
}
