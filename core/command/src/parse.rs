//! A built-in's arguments: clap reads them, and its errors become ours.

use std::ffi::OsString;

use clap::{ArgMatches, error::ErrorKind};
use leash_output::{Error, Kind, write_stdout};

use crate::{Builtin, global_args::global_args};

/// What came of it.
pub(crate) enum Parsed {
    /// Arguments to run with.
    Matches(ArgMatches),
    /// `--help` was asked for, and this is it.
    Help(String),
}

/// The whole parser of a built-in, global options included.
pub fn command_of(builtin: &dyn Builtin) -> clap::Command {
    builtin
        .command()
        .name(builtin.outline().name)
        .bin_name(format!("leash {}", builtin.outline().name))
        .about(builtin.outline().summary)
        .args(global_args())
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .term_width(100)
}

pub(crate) fn parse(builtin: &dyn Builtin, arguments: &[OsString]) -> Result<Parsed, Error> {
    let words = std::iter::once(OsString::from(builtin.outline().name)).chain(arguments.iter().cloned());
    match command_of(builtin).try_get_matches_from(words) {
        Ok(matches) => Ok(Parsed::Matches(matches)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ) =>
        {
            let text = error.render().to_string();
            if error.kind() == ErrorKind::DisplayHelp {
                return Ok(Parsed::Help(text));
            }
            Err(Error::usage(format!("`leash {}` needs a subcommand", builtin.outline().name))
                .hint(format!("`leash {} --help` lists them", builtin.outline().name)))
        }
        Err(error) => Err(usage_error(&help_command(builtin, arguments), &error)),
    }
}

/// What to type for help on what was typed: the subcommands that are one, and no further.
fn help_command(builtin: &dyn Builtin, arguments: &[OsString]) -> String {
    let mut typed = format!("leash {}", builtin.outline().name);
    let mut command = &command_of(builtin);
    for word in arguments.iter().filter_map(|word| word.to_str()) {
        let Some(subcommand) = command.find_subcommand(word) else { break };
        typed = format!("{typed} {}", subcommand.get_name());
        command = subcommand;
    }
    format!("{typed} --help")
}

/// clap words its errors over several lines; we say what is wrong in one, and what to do in another.
fn usage_error(help: &str, error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default();
    let what = first.strip_prefix("error: ").unwrap_or(first);
    let message = what.split_whitespace().collect::<Vec<_>>().join(" ").replace('\'', "`");
    // The standard library's own words.
    let message = message.replace("invalid digit found in string", "it is not a whole number");
    let mut wrapped = Error::new(Kind::Usage, "usage", message);
    for paragraph in paragraphs {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(tip) = line.strip_prefix("tip: ") {
            wrapped = wrapped.hint(tip.replace('\'', "`"));
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            wrapped = wrapped.hint(format!("usage: {usage}"));
        }
    }
    wrapped.hint(format!("`{help}` explains it"))
}

pub(crate) fn print_help(text: &str) -> Result<(), Error> {
    write_stdout(text.as_bytes())
}
