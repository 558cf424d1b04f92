//! The last step towards a plugin: what is executed for it, with what, and in what confinement.

use std::{
    convert::Infallible,
    ffi::OsString,
    path::{Path, PathBuf},
};

use leash_files::atomic;
use leash_output::Error;
use leash_protocol::{
    context::Dirs,
    env as names,
    manifest::{Level, Stdin},
};
use leash_strict::Spec;
use leash_trust::{Found, Program};
use nix::errno::Errno;

use crate::{
    Host,
    authorise::Authorised,
    descriptors::{let_through, none_free, with_content},
    environment, exec, granted,
    prepare::PluginRun,
    signer::Signer,
    variables,
};

/// Becomes the plugin.
///
/// This comes last because none of it can be undone: descriptors are let through to whatever is executed, stdin may be
/// replaced, and this process is shut in for good. Only then is it safe to hold the API key, which no signer inherits any more.
///
/// # Errors
/// Where the signer never got ready, the system has no descriptor to give, or the program can't be executed.
pub(crate) fn launch(authorised: Authorised<'_>) -> Result<Infallible, Error> {
    let Authorised { run, ready, level, signer } = authorised;
    let options = run.manifest().map(|manifest| &manifest.run);
    let mut environment = variables::environment(&run.context, options);
    if let Some(signer) = &signer {
        environment.push((names::SIGNER.into(), signer.address()?));
    }
    if ready.as_ref().is_some_and(|ready| ready.grant.api_key)
        && let Some(key) = granted::api_key(run.host, &run.found.name, run.who.as_ref())?
    {
        environment.push((names::API_KEY.into(), key));
    }
    let whole = serde_json::to_string(&run.context).unwrap_or_default();
    // Like the signer and the sealed program, it lives until the exec.
    let descriptor = with_content(whole.as_bytes()).ok();
    let number = descriptor.as_ref().and_then(let_through);
    if let Some(number) = number {
        environment.push((names::CONTEXT_FD.into(), number.to_string().into()));
    }
    if options.is_some_and(|options| options.stdin == Stdin::Context) {
        replace_stdin(&whole)?;
    }
    let PluginRun { host, arguments, found, mut context, loader, .. } = run;
    context.presigned = None;
    let document = serde_json::to_string(&context).unwrap_or_default();
    let program = ready.as_ref().map(|ready| &ready.program);
    let (file, first) = what(&found.path, program, loader.as_deref())?;
    let words: Vec<OsString> = first.into_iter().chain(arguments.iter().cloned()).collect();
    // It got ready meanwhile. Nothing may be executed before that is known, and a process that is shut in could no longer
    // ask for a passphrase.
    let _signer = signer.map(Signer::wait).transpose()?;
    if level == Level::Strict {
        confine(host, &context.dirs, &found, program)?;
    }
    let inline = document.len() <= names::CONTEXT_INLINE_MAX;
    if !inline && number.is_none() {
        return Err(none_free("context"));
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

/// Puts the context where the plugin's program expects the user's input.
fn replace_stdin(context: &str) -> Result<(), Error> {
    // Its own open file, since each reader moves on in the one that it shares.
    let stdin = with_content(context.as_bytes());
    stdin.and_then(|stdin| Ok(rustix::stdio::dup2_stdin(stdin)?)).map_err(|error| {
        Error::failure("io", format!("cannot put the context on stdin: {error}"))
            .hint("the system has no memory or no descriptor for it")
    })
}

/// The file to execute, and its arguments before the user's own.
fn what(
    path: &Path,
    program: Option<&Program>,
    loader: Option<&Path>,
) -> Result<(PathBuf, Vec<OsString>), Error> {
    let Some(loader) = loader else {
        return Ok(program.map_or_else(
            || (path.to_owned(), vec![path.as_os_str().to_owned()]),
            |program| (program.file(), program.arguments()),
        ));
    };
    let library = match program {
        None => path.to_owned(),
        Some(Program::Sealed { fd, .. }) => {
            // The loader closes it, once it has the library.
            let number = let_through(fd).ok_or_else(|| none_free("library"))?;
            format!("/dev/fd/{number}").into()
        }
        Some(other) => other.file(),
    };
    let words = vec![loader.into(), library.into(), "--".into(), path.into()];
    Ok((loader.to_owned(), words))
}

/// Shuts this process in, for good, but for what the plugin may use.
fn confine(host: &Host, dirs: &Dirs, found: &Found, program: Option<&Program>) -> Result<(), Error> {
    let mut spec = Spec::new(host.paths()?, environment::value);
    // Without them neither Python's asyncio nor Node's child processes work.
    spec.stream_pairs = true;
    for dir in [&dirs.data, &dirs.cache] {
        let dir = PathBuf::from(dir);
        atomic::create_dir(&dir).map_err(|error| Error::io("create", &dir, &error))?;
        spec.writable.push(dir);
    }
    spec.readable.extend(found.dir.clone());
    match program {
        Some(Program::Script { script, .. }) => spec.readable.push(script.clone()),
        Some(Program::Stored { path, .. }) => spec.readable.push(path.clone()),
        Some(Program::Sealed { .. }) | None => {}
    }
    leash_strict::confine(&spec)
}
