//! The way from what was typed to an exit status.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use leash_argv::{Action, Typed, split};
use leash_output::{Error, Kind, Out, write_stdout};
use leash_protocol::MAX_DEPTH;
use leash_resolve::{Target, copies_of_host};

use crate::{
    Builtin, Builtins, Host, external, help,
    host::{depth, refuse_inside_plugin},
    parse::{self, Parsed},
};

/// Runs leash on this process's arguments.
#[must_use]
pub fn main(builtins: Builtins) -> ExitCode {
    std::panic::set_hook(Box::new(report_fault));
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    // Asked most often, and by scripts; nothing else is looked at.
    if matches!(words.first().and_then(|word| word.to_str()), Some("-v" | "-V" | "--version")) {
        return finish(version(), &Out::default());
    }
    let Typed { globals, action } = match split(words.iter().cloned()) {
        Ok(typed) => typed,
        Err(error) => {
            let json = words.iter().any(|word| word == "--json");
            return finish(Err(error), &Out { json, ..Out::default() });
        }
    };
    let mut host = Host::new(builtins, globals);
    let result = act(&mut host, action);
    finish(result, &host.out)
}

fn act(host: &mut Host, action: Action) -> Result<(), Error> {
    match action {
        Action::Version => version(),
        Action::Help => help::overview(host),
        Action::List => help::list(host),
        Action::Command(name, arguments) => command(host, &name, arguments),
    }
}

fn command(host: &mut Host, name: &OsStr, mut arguments: Vec<OsString>) -> Result<(), Error> {
    if name == "help" {
        return match arguments.first() {
            None => help::overview(host),
            Some(topic) => {
                let topic = topic.clone();
                arguments.remove(0);
                arguments.push("--help".into());
                command(host, &topic, arguments)
            }
        };
    }
    if let Some(builtin) = find_builtin(host.builtins(), name) {
        return run_builtin(host, builtin, &arguments);
    }
    // What came with the host can't be aliased, so the settings need not be read for it.
    let target = match host.table_without_aliases().find(name) {
        Ok(Target::Bundled(path)) => Target::Bundled(path),
        _ => host.table()?.find(name)?,
    };
    match target {
        Target::Builtin => Err(Error::failure("internal", "a built-in without an entry")),
        Target::Alias(words) => {
            let (first, rest) = words.split_first().ok_or_else(|| {
                Error::usage(format!("the alias `{}` is empty", name.to_string_lossy()))
                    .hint("give it words in `[alias]` of config.toml")
            })?;
            let arguments = rest.iter().map(OsString::from).chain(arguments).collect();
            aliased(host, OsStr::new(first), arguments, &[name.to_owned()])
        }
        Target::Bundled(path) => external::run(host, &path, name, leash_protocol::context::Source::Bundled, &arguments),
        Target::Path(path) => external::run(host, &path, name, leash_protocol::context::Source::Path, &arguments),
    }
}

/// An alias may name another, but must come to an end.
fn aliased(host: &mut Host, name: &OsStr, arguments: Vec<OsString>, seen: &[OsString]) -> Result<(), Error> {
    if seen.iter().any(|earlier| earlier == name) {
        return Err(Error::usage(format!("the alias `{}` leads back to itself", name.to_string_lossy()))
            .hint("mend `[alias]` in config.toml"));
    }
    let is_builtin = find_builtin(host.builtins(), name).is_some();
    match if is_builtin { Target::Builtin } else { host.table()?.find(name)? } {
        Target::Alias(words) if !words.is_empty() => {
            let seen: Vec<_> = seen.iter().cloned().chain([name.to_owned()]).collect();
            let arguments = words[1..].iter().map(OsString::from).chain(arguments).collect();
            aliased(host, OsStr::new(&words[0]), arguments, &seen)
        }
        _ => command(host, name, arguments),
    }
}

fn find_builtin(builtins: Builtins, name: &OsStr) -> Option<&'static dyn Builtin> {
    let name = name.to_str()?;
    builtins.iter().copied().find(|builtin| builtin.name() == name || builtin.other_names().contains(&name))
}

fn run_builtin(host: &mut Host, builtin: &'static dyn Builtin, arguments: &[OsString]) -> Result<(), Error> {
    if depth() > MAX_DEPTH {
        return Err(Error::new(Kind::Refused, "depth", "leash runs too deep inside leash")
            .hint("a plugin calls leash, which calls the plugin again: break the circle"));
    }
    // Whether the document is wanted must be known before the arguments are understood.
    host.out.json |= arguments.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let matches = match parse::parse(builtin, arguments) {
        Ok(Parsed::Help(text)) => return parse::print_help(&text),
        Ok(Parsed::Matches(matches)) => matches,
        Err(error) => return Err(error.of_document(builtin.document(subcommand(arguments)))),
    };
    let subcommand = matches.subcommand_name();
    let document = builtin.document(subcommand);
    let json = host.out.json;
    host.merge(&matches).map_err(|error| error.of_document(document))?;
    host.out.json |= json;
    if builtin.manages_identity(subcommand) {
        refuse_inside_plugin().map_err(|error| error.of_document(document))?;
    }
    host.apply_settings()
        .and_then(|()| builtin.run(host, &matches))
        .map_err(|error| error.of_document(document))
}

/// The first word that isn't an option: the best guess where the arguments weren't understood.
fn subcommand(arguments: &[OsString]) -> Option<&str> {
    arguments.iter().filter_map(|word| word.to_str()).find(|word| !word.starts_with('-'))
}

/// One line on stdout. Where a person reads, a line on stderr says which leash this is, if there are several.
fn version() -> Result<(), Error> {
    write_stdout(concat!("leash ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?;
    if std::io::IsTerminal::is_terminal(&std::io::stderr())
        && let Ok(running) = Host::executable()
        && let Some(advice) = copies_of_host(&running, &env::var_os("PATH").unwrap_or_default()).advice()
    {
        Out::default().note(&advice);
    }
    Ok(())
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
