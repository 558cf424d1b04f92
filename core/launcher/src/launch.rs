//! What is executed for a plugin, and in what confinement.

use std::{
    ffi::OsString,
    io,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
};

use leash_files::atomic;
use leash_output::{Error, Kind, standard_were_closed};
use leash_protocol::context::Dirs;
use leash_strict::Spec;
use leash_trust::{Found, Program};
use rustix::io::{FdFlags, fcntl_setfd};

use crate::{
    Host, environment,
    external::{let_through, no_descriptor},
};

/// What runs dynamic libraries; it came with the host.
///
/// # Errors
/// [`Kind::NotRunnable`] where it isn't there.
pub fn loader() -> Result<PathBuf, Error> {
    companion("leash-loader").map_err(|hint| {
        Error::new(Kind::NotRunnable, "no_loader", "the plugin is a library, and `leash-loader` isn't there")
            .hint(hint)
    })
}

/// An executable that came with the host, and is no command; or what to do where it isn't there.
pub(crate) fn companion(name: &str) -> Result<PathBuf, String> {
    let host = Host::executable().map_err(|error| error.message().to_owned())?;
    let beside = host.parent().unwrap_or(&host);
    let places = [beside.join(name), beside.join("../libexec/leash").join(name)];
    let there = places.into_iter().find(|path| leash_resolve::executable_problem(path).is_none());
    there.ok_or_else(|| format!("install leash whole: `{name}` belongs into `{}`", beside.display()))
}

/// Sees to it that what was closed when leash began is closed again in what it executes, as if that had been executed
/// at once.
#[allow(clippy::disallowed_methods, reason = "it marks descriptors, and writes nothing")]
pub(crate) fn keep_closed() {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let standard = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    for (descriptor, was_closed) in standard.into_iter().zip(standard_were_closed()) {
        if was_closed {
            // On exec and no sooner: until then nothing else may take its number.
            let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
        }
    }
}

/// The file to execute, and its arguments before the user's own.
pub(crate) fn what(
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
            let number = let_through(fd).ok_or_else(|| no_descriptor("library"))?;
            format!("/dev/fd/{number}").into()
        }
        Some(other) => other.file(),
    };
    let words = vec![loader.into(), library.into(), "--".into(), path.into()];
    Ok((loader.to_owned(), words))
}

/// Shuts this process in, for good, but for what the plugin may use.
pub(crate) fn confine(
    host: &Host,
    dirs: &Dirs,
    found: &Found,
    program: Option<&Program>,
) -> Result<(), Error> {
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
