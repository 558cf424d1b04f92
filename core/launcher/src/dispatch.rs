//! The way from what was typed to an exit status.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use leash_argv::{Action, Globals, Typed, split};
use leash_output::{Error, Out};
use leash_resolve::{Target, UNKNOWN_COMMAND};

use crate::{Handlers, Host, Run, alias, environment, external, help, version};

/// Set by a shell's script that asks for completions; holds the shell's name.
pub const COMPLETE_VARIABLE: &str = "LEASH_COMPLETE";

/// Runs leash on this process's arguments.
#[must_use]
pub fn main(handlers: Handlers) -> ExitCode {
    let Handlers { builtins, run, complete } = handlers;
    std::panic::set_hook(Box::new(report_fault));
    let mut words: Vec<OsString> = env::args_os().skip(1).collect();
    // Asked most often, and by scripts; nothing else is looked at.
    if matches!(words.first().and_then(|word| word.to_str()), Some("-v" | "-V" | "--version")) {
        return finish(version::line(), &Out::default());
    }
    if words.first().is_some_and(|word| word == "--")
        && let Ok(shell) = environment::text(COMPLETE_VARIABLE)
    {
        let mut host = Host::new(builtins, Globals::default());
        let completed = complete(&mut host, &shell, words.split_off(1));
        return finish(completed, &host.out);
    }
    let Typed { globals, action } = match split(words.iter().cloned()) {
        Ok(typed) => typed,
        Err(error) => {
            let json = words.iter().any(|word| word == "--json");
            return finish(Err(error), &Out { json, ..Out::default() });
        }
    };
    let mut host = Host::new(builtins, globals);
    let was_unknown =
        matches!(&action, Action::Command(name, _) if name == "help" || builtins.find(name).is_none());
    let result = act(&mut host, run, action);
    if was_unknown && result.as_ref().is_err_and(|error| error.is(UNKNOWN_COMMAND)) {
        // There is no plugin that could mean something else by it.
        host.out.json |= asks_for_a_document(&words);
    }
    finish(result, &host.out)
}

fn act(host: &mut Host, run: Run, action: Action) -> Result<(), Error> {
    match action {
        Action::Version => version::line(),
        Action::Help => help::overview(host),
        Action::List => help::list(host),
        Action::Command(name, arguments) => command(host, run, &name, arguments),
    }
}

fn command(host: &mut Host, run: Run, name: &OsStr, mut arguments: Vec<OsString>) -> Result<(), Error> {
    if name == "help" {
        return match arguments.first() {
            Some(topic) if !topic.as_encoded_bytes().starts_with(b"-") => {
                let topic = topic.clone();
                arguments.remove(0);
                let is_builtin = topic == "help" || host.builtins().find(&topic).is_some();
                if !is_builtin && help::topic(host, &topic, &arguments)? {
                    return Ok(());
                }
                arguments.push("--help".into());
                command(host, run, &topic, arguments)
            }
            _ => help::overview(host),
        };
    }
    if let Some(builtin) = host.builtins().find(name) {
        return run(host, builtin, &arguments);
    }
    let mut table = host.table_without_aliases();
    // What came with the host can't be aliased, so the settings need not be read for it.
    if let Some(target) = table.find_own(name) {
        // It also helps to mend settings that are broken.
        let _ = host.apply_settings();
        return external::run(host, name, &target, &arguments);
    }
    table.aliases = host.aliases()?;
    host.apply_settings()?;
    match table.find_other(name)? {
        Target::Alias(words) => {
            let action = alias::expand(host, name, words, arguments)?;
            act(host, run, action)
        }
        target => external::run(host, name, &target, &arguments),
    }
}

/// Runs the executable that a name stands for, whatever alias has the name. Comes back only where that failed.
///
/// # Errors
/// Where there is none, or it can't be run.
pub fn execute(host: &Host, name: &OsStr, arguments: &[OsString]) -> Result<(), Error> {
    external::run(host, name, &host.table_without_aliases().find(name)?, arguments)
}

/// Whether arguments ask for a document, as far as that can be known before they are understood.
#[must_use]
pub fn asks_for_a_document(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// A fault of leash's own, in the form of every other failure. The panic's message stays unsaid: it may
/// hold what should not be shown.
fn report_fault(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let error = Error::failure("fault", format!("leash has a fault, at {place}"))
        .hint("this should never happen: please report it with the command that you typed");
    Out::default().failure(&error);
    std::process::exit(i32::from(error.kind().exit_status()));
}

fn finish(result: Result<(), Error>, out: &Out) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out.failure(&error);
            ExitCode::from(error.kind().exit_status())
        }
    }
}
