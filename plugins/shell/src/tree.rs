//! All commands as one tree that clap's generators understand.

use std::path::Path;

use clap::{Arg, ArgAction, Command};
use leash_command::Host;
use leash_output::{Error, escape};
use leash_protocol::manifest::{Flag, Manifest};
use leash_resolve::{Listed, Target};

/// leash with everything that it can run.
pub(crate) fn whole(host: &Host) -> Result<Command, Error> {
    let mut root = Command::new("leash")
        .bin_name("leash")
        .version(Host::version())
        .about("The operator's hand on an AI agent's identity")
        .disable_help_subcommand(true)
        // Built-ins have them after their names, too; what stands after the name of a plugin is the plugin's.
        .args(leash_command::global_args().into_iter().map(|arg| arg.global(false)))
        .arg(Arg::new("list").long("list").action(ArgAction::SetTrue).help("All commands, plugins included"));
    for builtin in host.commands() {
        root = root.subcommand(leash_command::command_of(*builtin));
    }
    for listed in host.table()?.all() {
        if listed.target != Target::Builtin {
            root = root.subcommand(other(&listed));
        }
    }
    Ok(root)
}

fn other(listed: &Listed) -> Command {
    let plain = |about: String| {
        // Whatever follows is the plugin's own business: files are as good a guess as any.
        let words = Arg::new("arguments").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
        Command::new(listed.name.clone()).about(about).disable_help_flag(true).arg(words)
    };
    match &listed.target {
        Target::Alias(words) => plain(format!("Alias for `{}`", escape(&words.join(" ")))),
        Target::Builtin => plain(String::new()),
        Target::Bundled(_) | Target::Installed(_) | Target::Path(_) => {
            match leash_trust::manifest_of(&listed.name, &listed.target) {
                Ok(Some(loaded)) => of_manifest(&loaded.manifest),
                Ok(None) => {
                    let path = listed.target.program().unwrap_or_else(|| Path::new("")).to_string_lossy();
                    plain(format!("A plugin: {}", escape(&path)))
                }
                Err(error) => plain(format!("A broken plugin: {}", escape(error.message()))),
            }
        }
    }
}

/// A plugin as its manifest describes it.
fn of_manifest(manifest: &Manifest) -> Command {
    let mut root = Command::new(manifest.name.clone())
        .about(escape(&manifest.summary).into_owned())
        .version(escape(&manifest.version).into_owned())
        .disable_version_flag(true)
        .disable_help_subcommand(true);
    for (at, command) in manifest.command.iter().enumerate() {
        if manifest.command[..at].iter().any(|before| before.path == command.path) {
            continue;
        }
        if command.path.is_empty() {
            root = with_flags(root, &command.flags);
        } else {
            root = insert(root, &command.path, &command.summary, &command.flags);
        }
    }
    root
}

fn insert(parent: Command, path: &[String], summary: &str, options: &[Flag]) -> Command {
    let Some((name, rest)) = path.split_first() else {
        return with_flags(parent.about(escape(summary).into_owned()), options);
    };
    let name = escape(name).into_owned();
    if parent.find_subcommand(&name).is_none() {
        let child = insert(Command::new(name), rest, summary, options);
        return parent.subcommand(child);
    }
    parent.mut_subcommand(name, |child| insert(child, rest, summary, options))
}

fn with_flags(command: Command, options: &[Flag]) -> Command {
    let args = flags(options);
    // Its own `--help` stands in the place of the one that clap would add.
    let own_help = args.iter().any(|arg| arg.get_id() == "help");
    command.disable_help_flag(own_help).args(args)
}

fn flags(flags: &[Flag]) -> Vec<Arg> {
    let mut args: Vec<Arg> = Vec::new();
    for flag in flags {
        let long = escape(flag.long.trim_start_matches('-')).into_owned();
        // A manifest may name an option twice; clap takes that badly.
        if long.is_empty() || args.iter().any(|arg| arg.get_id() == long.as_str()) {
            continue;
        }
        let arg = Arg::new(long.clone()).long(long).help(escape(&flag.help).into_owned());
        let arg = match &flag.value {
            Some(value) => arg.value_name(escape(value).into_owned()).action(ArgAction::Append),
            None => arg.action(ArgAction::Count),
        };
        let short = flag.short.as_deref().and_then(|short| short.trim_start_matches('-').chars().next());
        let taken = |short: char| args.iter().any(|arg| arg.get_short() == Some(short));
        args.push(match short {
            Some(short) if short.is_ascii_alphanumeric() && short != 'h' && !taken(short) => arg.short(short),
            _ => arg,
        });
    }
    args
}
