//! The built-in commands are an executable of their own, `leash-builtin`, which takes over this process.
//!
//! So the one that resolves names, lists commands and hands over to plugins links neither HTTP nor TLS nor a parser of
//! command lines, and starts the sooner for it.

use std::{env, ffi::OsString};

use leash_argv::{Action, Typed, split};
use leash_output::{Error, Kind};
use leash_protocol::env as names;

use crate::{
    Host, descriptors, environment, exec,
    executable::{self, BUILTIN_PROGRAM},
};
use leash_protocol::commands::Outline;

/// Has the executable that has the built-ins run what was typed. Comes back only where that failed.
///
/// # Errors
/// [`Kind::NotRunnable`] where it isn't there or can't be run.
pub fn hand_over(_: &mut Host, _: &'static Outline, _: &[OsString]) -> Result<(), Error> {
    Err(go())
}

/// Likewise for a shell that asks for completions.
///
/// # Errors
/// As [`hand_over`].
pub fn hand_over_completion(_: &mut Host, _: &str, _: Vec<OsString>) -> Result<(), Error> {
    Err(go())
}

/// Takes in arguments that are global options alone; false where there is anything else among them, to be understood
/// by whoever has the command.
pub fn adopt_plain(host: &mut Host, arguments: &[OsString]) -> bool {
    if arguments.iter().any(|word| ["-h", "--help", "--list", "--"].iter().any(|other| word == other)) {
        return false;
    }
    let Ok(Typed { globals, action: Action::Help }) = split(arguments.iter().cloned()) else { return false };
    let adopted = host.adopt(|own| {
        own.overlay(globals);
        Ok(())
    });
    adopted.and_then(|()| host.apply_settings()).is_ok()
}

/// Executes it with all that this process was given: it understands the words anew, aliases included.
fn go() -> Error {
    if let Err(error) = Host::executable() {
        return Error::new(Kind::NotRunnable, "no_builtins", error.message())
            .hint("the system says in `/proc` where a program lies: see that it is mounted");
    }
    let program = match executable::companion(BUILTIN_PROGRAM) {
        Ok(program) => program,
        Err(hint) => {
            let message = format!("`{BUILTIN_PROGRAM}`, which has the built-in commands, isn't there");
            return Error::new(Kind::NotRunnable, "no_builtins", message).hint(hint);
        }
    };
    descriptors::keep_closed();
    let words: Vec<OsString> = env::args_os().collect();
    let environment: Vec<_> = environment::all()
        .filter(|(name, _)| name != names::HANDED_OVER_BY)
        .chain([(names::HANDED_OVER_BY.into(), Host::version().into())])
        .collect();
    let error = exec::exec(&program, &words, &environment);
    exec::failed(&program, error)
}

/// That what handed over is of another version, if it is: each would be a half of another leash.
///
/// # Errors
/// [`Kind::NotRunnable`] where it is.
pub fn refuse_another_half() -> Result<(), Error> {
    let Some(by) = environment::value(names::HANDED_OVER_BY).filter(|by| by != Host::version()) else {
        return Ok(());
    };
    let message = format!(
        "`leash` is version {} and `{BUILTIN_PROGRAM}` beside it is {}",
        by.to_string_lossy(),
        Host::version()
    );
    Err(Error::new(Kind::NotRunnable, "two_versions", message)
        .hint("install leash whole: its executables belong together"))
}

/// Whether `leash` went the same way with the same words, and has said what is to be said of them.
pub(crate) fn said_so_already(host: &Host) -> bool {
    host.builtins().are_here && environment::value(names::HANDED_OVER_BY).is_some()
}
