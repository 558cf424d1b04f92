//! Handing this process over to another executable.
//!
//! The plugin is executed in the process that the shell started, so its exit status, its signals and its
//! terminal are the kernel's business. No secret of the host's goes with it.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Seek as _, Write as _},
    os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd},
};

use leash_identity::ResolvedPublic;
use leash_output::{Error, Kind, command};
use leash_protocol::{
    MAX_DEPTH, env as names,
    frame::{FEATURE_PAY, FEATURE_SIGN_HTTP},
    manifest::{Level, PluginKind, Stdin},
};
use leash_resolve::Target;
use leash_trust::check_reach;
use nix::errno::Errno;
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd},
};

use crate::{
    Host,
    context::{self, Who},
    exec, granted, launch, parent_plugin, payments,
    signer::Signer,
    variables,
};

/// Executes the plugin that a name stands for. Comes back only where that failed.
pub(crate) fn run(host: &Host, name: &OsStr, target: &Target, arguments: &[OsString]) -> Result<(), Error> {
    parent_plugin::refuse_deeper_than(MAX_DEPTH - 1)?;
    let who = who(host, matches!(target, Target::Bundled(_)))?;
    let name = name.to_string_lossy();
    // While nothing of our own is open yet.
    parent_plugin::close_inherited();
    launch::keep_closed();
    let trusted = granted::trusted(host, &name, target);
    let known = trusted.as_ref().ok().and_then(Option::as_ref);
    let Some(found) = leash_trust::find_trusted(&name, target, known)? else {
        return Err(Error::usage(format!("`{name}` is a part of leash, and no plugin"))
            .hint(format!("run it: `{}`", command(&name))));
    };
    let mut context = context::make(host, &name, found.source, who.as_ref())?;
    let manifest = found.manifest.as_ref().map(|loaded| &loaded.manifest);
    let loader = match manifest.map(|manifest| manifest.kind) {
        Some(PluginKind::Dylib) => Some(launch::loader()?),
        _ => None,
    };
    let grant = trusted.map(|trusted| trusted.map(|trusted| trusted.grant));
    let granted::Looked { ready, level } = granted::look(host, &found, grant, who.as_ref())?;
    let level = level.max(manifest.map_or(Level::None, |manifest| manifest.sandbox.level));
    let mut signer = None;
    if let (Some(ready), Some(who)) = (&ready, &who) {
        if let Some(manifest) = manifest {
            check_reach(level, manifest)?;
        }
        // Whoever asks for help has nothing to sign.
        if let Some(manifest) = manifest.filter(|_| ready.grant.needs_signer() && !is_help(arguments)) {
            signer = Some(Signer::start(host, manifest, &ready.grant, who, &context.invocation)?);
        }
        context.plugin.digest = Some(ready.grant.digest.to_string());
    }
    // Before anything is let through, so that its number is still nobody else's.
    leash_vault::passphrase::discard();
    context.plugin.version = manifest.map(|manifest| manifest.version.clone());
    if let (Some(signer), Some(ready)) = (&signer, &ready) {
        context.grant = Some(granted::info(&ready.grant));
        let pays = (ready.grant.pay.is_some() && payments::available()).then(|| FEATURE_PAY.to_owned());
        context.features = std::iter::once(FEATURE_SIGN_HTTP.to_owned()).chain(pays).collect();
        context.presigned = Some(signer.presigned().to_vec());
    }
    let mut environment = variables::environment(&context, manifest.map(|manifest| &manifest.run));
    if let Some(signer) = &signer {
        environment.push((names::SIGNER.into(), signer.address()?));
    }
    if ready.as_ref().is_some_and(|ready| ready.grant.api_key)
        && let Some(key) = granted::api_key(host, &name, who.as_ref())?
    {
        environment.push((names::API_KEY.into(), key));
    }
    let whole = serde_json::to_string(&context).unwrap_or_default();
    let descriptor = descriptor_with(whole.as_bytes()).ok();
    let number = descriptor.as_ref().and_then(let_through);
    if let Some(number) = number {
        environment.push((names::CONTEXT_FD.into(), number.to_string().into()));
    }
    if manifest.is_some_and(|manifest| manifest.run.stdin == Stdin::Context) {
        // Its own open file, since each reader moves on in the one that it shares.
        let stdin = descriptor_with(whole.as_bytes());
        stdin.and_then(|stdin| Ok(rustix::stdio::dup2_stdin(stdin)?)).map_err(|error| {
            Error::failure("io", format!("cannot put the context on stdin: {error}"))
                .hint("the system has no memory or no descriptor for it")
        })?;
    }
    context.presigned = None;
    let document = serde_json::to_string(&context).unwrap_or_default();
    let program = ready.as_ref().map(|ready| &ready.program);
    let (file, first) = launch::what(&found.path, program, loader.as_deref())?;
    let words: Vec<OsString> = first.into_iter().chain(arguments.iter().cloned()).collect();
    if let Some(signer) = &mut signer {
        signer.wait()?;
    }
    if level == Level::Strict {
        launch::confine(host, &context.dirs, &found, program)?;
    }
    let inline = document.len() <= names::CONTEXT_INLINE_MAX;
    if !inline && number.is_none() {
        return Err(no_descriptor("context"));
    }
    if inline {
        environment.push((names::CONTEXT.into(), document.into()));
    }
    let mut error = exec::exec(&file, &words, &environment);
    if error == Errno::E2BIG && inline {
        // The user's arguments come first; the descriptor holds the context as well.
        environment.pop();
        error = exec::exec(&file, &words, &environment);
    }
    Err(exec::failed(&found.path, error))
}

/// Whether a plugin is asked for its help, and for nothing else.
fn is_help(arguments: &[OsString]) -> bool {
    arguments.len() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")
}

/// The agent that the plugin runs for, its public half; nobody where none is configured.
fn who(host: &Host, is_bundled: bool) -> Result<Option<Who>, Error> {
    if !host.agent_was_named()?
        && let Some(outer) = parent_plugin::context()
    {
        return Ok(Who::of_context(outer));
    }
    match host.resolve_public() {
        Ok(ResolvedPublic::Agent(public)) => Ok(Some(Who::of_public(*public))),
        // What came with the host also helps to set up an identity that is missing or broken.
        Ok(ResolvedPublic::None(_)) if is_bundled => Ok(None),
        Err(error) if is_bundled && error.kind() == Kind::Identity => Ok(None),
        // A name that was typed, and leads nowhere, is a mistake.
        Ok(ResolvedPublic::None(none)) if host.agent_was_named()? => Err(none.error()),
        Ok(ResolvedPublic::None(_)) => Ok(None),
        // Nor is any configured where there is no place for it.
        Err(error) if error.is(leash_files::NO_HOME) && !host.agent_was_named()? => Ok(None),
        Err(error) => Err(error),
    }
}

/// A descriptor that holds these bytes, to be read from the start.
fn descriptor_with(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = std::fs::File::from(memfd_create("leash-context", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

/// That the user's own descriptors leave no number that every shell can name.
pub(crate) fn no_descriptor(what: &str) -> Error {
    let message = format!("no descriptor below 10 is free for the {what}");
    Error::new(Kind::Refused, "no_descriptor", message)
        .hint("close those that the plugin doesn't need, such as `3>&-`")
}

/// Keeps a descriptor open across the exec, where its number is one that every shell can name.
pub(crate) fn let_through(descriptor: &OwnedFd) -> Option<i32> {
    let number = descriptor.as_raw_fd();
    if number <= names::MAX_FD {
        return fcntl_setfd(descriptor, FdFlags::empty()).is_ok().then_some(number);
    }
    // A lower one may have become free since.
    let lower = fcntl_dupfd_cloexec(descriptor, 3).ok().filter(|lower| lower.as_raw_fd() <= names::MAX_FD)?;
    fcntl_setfd(&lower, FdFlags::empty()).ok()?;
    Some(lower.into_raw_fd())
}
