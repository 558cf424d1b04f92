//! The way from what was typed to an exit status.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use leash_argv::{Action, Globals, Typed, split};
use leash_output::{Error, Out};
use leash_protocol::MAX_DEPTH;
use leash_resolve::{Target, UNKNOWN_COMMAND};

use crate::{
    Builtins, Host, Outline, alias, environment, external, handover, help, outer,
    parse::{self, Parsed},
    version,
};

/// Set by a shell's script that asks for completions; holds the shell's name.
pub const COMPLETE_VARIABLE: &str = "LEASH_COMPLETE";

/// Runs leash on this process's arguments.
#[must_use]
pub fn main(builtins: Builtins) -> ExitCode {
    std::panic::set_hook(Box::new(report_fault));
    let mut words: Vec<OsString> = env::args_os().skip(1).collect();
    // Asked most often, and by scripts; nothing else is looked at.
    if matches!(words.first().and_then(|word| word.to_str()), Some("-v" | "-V" | "--version")) {
        return finish(version::line(), &Out::default());
    }
    if words.first().is_some_and(|word| word == "--")
        && let Ok(shell) = environment::text(COMPLETE_VARIABLE)
    {
        let host = Host::new(builtins, Globals::default());
        return finish((builtins.complete)(&host, &shell, words.split_off(1)), &host.out);
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
    let result = act(&mut host, action);
    if was_unknown && result.as_ref().is_err_and(|error| error.is(UNKNOWN_COMMAND)) {
        // There is no plugin that could mean something else by it.
        host.out.json |= asks_for_a_document(&words);
    }
    finish(result, &host.out)
}

pub(crate) fn act(host: &mut Host, action: Action) -> Result<(), Error> {
    match action {
        Action::Version => version::line(),
        Action::Help => help::overview(host),
        Action::List => help::list(host),
        Action::Command(name, arguments) => command(host, &name, arguments),
    }
}

fn command(host: &mut Host, name: &OsStr, mut arguments: Vec<OsString>) -> Result<(), Error> {
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
                command(host, &topic, arguments)
            }
            _ => help::overview(host),
        };
    }
    if let Some(builtin) = host.builtins().find(name) {
        return (host.builtins().run)(host, builtin, &arguments);
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
        Target::Alias(words) => alias::run(host, name, words, arguments),
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

/// Runs a built-in in this process.
///
/// # Errors
/// Whatever went wrong, with the kind of the command's document.
pub fn run_builtin(host: &mut Host, outline: &Outline, arguments: &[OsString]) -> Result<(), Error> {
    let Some(builtin) = host.builtins().command(outline.name) else {
        return Err(Error::failure("internal", format!("`{}` isn't in the table", outline.name)));
    };
    handover::refuse_another_half()?;
    outer::refuse_deeper_than(MAX_DEPTH)?;
    // Whether the document is wanted must be known before the arguments are understood.
    let _ = host.apply_settings();
    host.out.json |= asks_for_a_document(arguments);
    let matches = match parse::parse(builtin, arguments) {
        Ok(Parsed::Help(text)) => return parse::print_help(&text),
        Ok(Parsed::Matches(matches)) => matches,
        Err(error) => {
            let named = subcommand(arguments);
            let document = builtin.document(named);
            // What a plugin may not do is refused to it however it was typed.
            let is_one = named.is_some_and(|named| builtin.command().find_subcommand(named).is_some());
            if is_one && builtin.manages_identity(named) {
                outer::refuse_inside_plugin().map_err(|refusal| refusal.of_document(document))?;
            }
            return Err(error.of_document(document));
        }
    };
    let subcommand = matches.subcommand_name();
    let document = builtin.document(subcommand);
    // From here on they are understood: what stands after the name of a plugin is the plugin's.
    host.adopt(|globals| globals.merge(&matches)).map_err(|error| error.of_document(document))?;
    // Settings that can't be read stop only those that need one, so that `doctor` can say what is wrong; and what
    // changes identities, before anything is changed.
    let mut settings = host.apply_settings();
    if builtin.manages_identity(subcommand) {
        outer::refuse_inside_plugin().map_err(|error| error.of_document(document))?;
        std::mem::replace(&mut settings, Ok(())).map_err(|error| error.of_document(document))?;
    }
    builtin.run(host, &matches).map_err(|error| error.of_document(document))?;
    if let Err(error) = settings {
        host.out.warn(&format!("{}; {}", error.message(), error.hints()));
    }
    Ok(())
}

fn asks_for_a_document(arguments: &[OsString]) -> bool {
    arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The first word that isn't an option: the best guess where the arguments weren't understood.
fn subcommand(arguments: &[OsString]) -> Option<&str> {
    arguments.iter().filter_map(|word| word.to_str()).find(|word| !word.starts_with('-'))
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
