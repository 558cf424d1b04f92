//! What the host says of this program without running it: the manifest in it must say what the command line takes.

use std::fmt::Write as _;

use clap::{ArgAction, Command, CommandFactory as _};

use super::Cli;

/// As the host has it compiled in.
const COMPILED_IN: &str = include_str!("../../../../core/trust/src/bundled/leash-sandbox.toml");

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// The table of a command, and of those below it.
fn write(toml: &mut String, path: &[&str], command: &Command) {
    if !path.is_empty() {
        let words: Vec<_> = path.iter().map(|word| quoted(word)).collect();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = write!(toml, "\n[[command]]\npath = [{}]\nsummary = {}\n", words.join(", "), quoted(&about));
    }
    let options: Vec<_> = command.get_arguments().filter(|arg| arg.get_long().is_some()).collect();
    let options = options.into_iter().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()));
    if !path.is_empty() && command.get_subcommands().next().is_none() {
        toml.push_str("flags = [\n");
        for arg in options {
            let _ = write!(toml, "  {{ long = {}", quoted(arg.get_long().unwrap_or_default()));
            if let Some(short) = arg.get_short() {
                let _ = write!(toml, ", short = {}", quoted(&short.to_string()));
            }
            if !matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::Count) {
                let names = arg.get_value_names().unwrap_or_default();
                let name = names.first().map(ToString::to_string).unwrap_or_default();
                let _ = write!(toml, ", value = {}", quoted(&name));
            }
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(toml, ", help = {} }},", quoted(&help));
        }
        toml.push_str("]\n");
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        write(toml, &[path, &[below.get_name()]].concat(), below);
    }
}

#[test]
fn the_host_says_what_the_command_line_takes() {
    let mut command = Cli::command();
    command.build();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut toml = format!(
        "# What the host says of `leash-sandbox` without running it. A test of that program compares it, and prints\n\
         # what it should be.\nschema = 1\nprotocol = [1]\nname = \"sandbox\"\nversion = {}\nsummary = {}\n",
        quoted(env!("CARGO_PKG_VERSION")),
        quoted(&about)
    );
    write(&mut toml, &[], &command);
    assert!(toml == COMPILED_IN, "core/trust/src/bundled/leash-sandbox.toml should be:\n{toml}");
}
