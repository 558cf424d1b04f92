//! Handing this process over to another executable.
//!
//! The plugin is executed in the process that the shell started, so its exit status, its signals and its
//! terminal are the kernel's business. No secret of the host's goes with it.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, Seek as _, Write as _},
    os::fd::{AsRawFd as _, OwnedFd},
    path::Path,
};

use leash_identity::Resolved;
use leash_output::{Error, Kind};
use leash_protocol::{
    MAX_DEPTH, PROTOCOL,
    context::{Context, Source},
    env as names,
};
use nix::errno::Errno;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_setfd},
};

use crate::{
    Host,
    context::{self, Who},
    exec, outer,
};

/// Executes a plugin. Comes back only where that failed.
pub(crate) fn run(
    host: &mut Host,
    path: &Path,
    name: &OsStr,
    source: Source,
    arguments: &[OsString],
) -> Result<(), Error> {
    outer::refuse_deeper_than(MAX_DEPTH - 1)?;
    // What came with the host also helps to mend settings that are broken.
    match host.apply_settings() {
        Err(error) if source != Source::Bundled => return Err(error),
        _ => {}
    }
    let who = who(host, source)?;
    let context = context::make(host, &name.to_string_lossy(), source, who)?;
    outer::close_inherited();
    let mut environment = environment(&context);
    let document = serde_json::to_string(&context).unwrap_or_default();
    let descriptor = descriptor_with(document.as_bytes()).ok();
    if let Some(number) = descriptor.as_ref().and_then(let_through) {
        environment.push((names::CONTEXT_FD.into(), number.to_string().into()));
    }
    let inline = document.len() <= names::CONTEXT_INLINE_MAX;
    if inline {
        environment.push((names::CONTEXT.into(), document.into()));
    }
    let mut error = exec::exec(path, arguments, &environment);
    if error == Errno::E2BIG && inline {
        // The user's arguments come first; the descriptor holds the context as well.
        environment.pop();
        error = exec::exec(path, arguments, &environment);
    }
    Err(exec::failed(path, error))
}

/// The agent that the plugin runs for, its public half; nobody where none is configured.
fn who(host: &Host, source: Source) -> Result<Option<Who>, Error> {
    if !host.agent_was_named()?
        && let Some(outer) = outer::context()
    {
        return Ok(Who::of_context(outer));
    }
    match host.resolve_identity() {
        Ok(Resolved::Agent(identity)) => Ok(Some(Who::of_identity(&identity))),
        // What came with the host also helps to set up an identity that is missing or broken.
        Ok(Resolved::None(_)) if source == Source::Bundled => Ok(None),
        Err(error) if source == Source::Bundled && error.kind() == Kind::Identity => Ok(None),
        // A name that was typed, and leads nowhere, is a mistake.
        Ok(Resolved::None(none)) if host.agent_was_named()? => Err(none.error()),
        Ok(Resolved::None(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// This process's environment, without what is the host's alone and with what the plugin is told.
fn environment(context: &Context) -> Vec<(OsString, OsString)> {
    let ours = [names::CONTEXT, names::CONTEXT_FD, names::SIGNER, names::AGENT];
    let told = told(context);
    let replaced = |name: &str| {
        names::is_secret(name)
            || ours.contains(&name)
            || names::IDENTITY.contains(&name)
            || told.iter().any(|(told, _)| *told == name)
    };
    let kept = env::vars_os().filter(|(name, _)| !name.to_str().is_some_and(replaced));
    kept.chain(told.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)))).collect()
}

fn told(context: &Context) -> Vec<(&'static str, String)> {
    let mut told = vec![
        (names::PROTOCOL, PROTOCOL.to_string()),
        (names::BIN, context.host.bin.clone()),
        (names::VERSION, context.host.version.clone()),
        (names::PLUGIN, context.plugin.name.clone()),
        (names::INVOCATION, context.invocation.clone()),
        (names::DEPTH, context.depth.to_string()),
    ];
    if let Some(agent) = &context.agent {
        told.push((names::AGENT_MINT, agent.mint.clone()));
        told.push((names::EXECUTIVE_PUBKEY, agent.executive_pubkey.clone()));
        told.push((names::NETWORK, agent.network.clone()));
    }
    let urls = [
        (names::API_URL, context.api.as_ref().map(|api| &api.base_url)),
        (names::RPC_URL, context.rpc.as_ref().map(|rpc| &rpc.url)),
        (names::EXPLORER_URL, context.explorer.as_ref().map(|explorer| &explorer.url)),
    ];
    told.extend(urls.into_iter().filter_map(|(name, url)| Some((name, url?.clone()))));
    told
}

/// A descriptor that holds these bytes, to be read from the start.
fn descriptor_with(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = std::fs::File::from(memfd_create("leash-context", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// Keeps a descriptor open across the exec, where its number is one that every shell can name.
fn let_through(descriptor: &OwnedFd) -> Option<i32> {
    let number = descriptor.as_raw_fd();
    (number <= names::MAX_FD && fcntl_setfd(descriptor, FdFlags::empty()).is_ok()).then_some(number)
}
