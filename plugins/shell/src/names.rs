//! Names of agents and plugins, where one of them is to be typed.

use clap::{Arg, Command, builder::PossibleValuesParser};
use leash_command::Host;
use leash_identity::store;
use leash_resolve::Target;

/// Below `agent`, what takes the name of one that is there.
const OF_AGENTS: [&str; 2] = ["use", "remove"];
/// Below `plugin`, what takes the name of any; and of one that was installed.
const OF_PLUGINS: [&str; 4] = ["exec", "trust", "untrust", "which"];
const OF_INSTALLED: [&str; 2] = ["update", "remove"];

/// The tree of commands, for completing alone: with the names that can be typed. A name that can't be found out now is
/// left out, and typed in full.
pub(crate) fn told(tree: Command, host: &Host) -> Command {
    let agents = host.paths().ok().and_then(|paths| store::names(paths).ok()).unwrap_or_default();
    let (mut plugins, mut installed) = (Vec::new(), Vec::new());
    for listed in host.table().map(|table| table.all()).unwrap_or_default() {
        if let Target::Installed(_) = listed.target {
            installed.push(listed.name.clone());
        }
        if matches!(listed.target, Target::Installed(_) | Target::Path(_)) {
            plugins.push(listed.name);
        }
    }
    let tree = below(tree, "agent", &OF_AGENTS, &agents);
    let tree = below(tree, "plugin", &OF_PLUGINS, &plugins);
    let tree = below(tree, "plugin", &OF_INSTALLED, &installed);
    let colors = ["auto", "always", "never"].map(str::to_owned);
    everywhere(everywhere(tree, "agent", &agents), "color", &colors)
}

/// Has the first word of these subcommands be one of the names.
fn below(tree: Command, command: &str, subcommands: &[&str], names: &[String]) -> Command {
    if tree.find_subcommand(command).is_none() {
        return tree;
    }
    tree.mut_subcommand(command, |mut command| {
        for name in subcommands {
            let first = command
                .find_subcommand(name)
                .and_then(|found| found.get_positionals().next())
                .map(|first| first.get_id().clone());
            if let Some(first) = first {
                command =
                    command.mut_subcommand(*name, |found| found.mut_arg(first, |arg| one_of(arg, names)));
            }
        }
        command
    })
}

/// Has the value of an option be one of the names, wherever it can stand.
fn everywhere(tree: Command, long: &str, names: &[String]) -> Command {
    let option = tree.get_arguments().find(|arg| arg.get_long() == Some(long));
    let tree = match option.map(|arg| arg.get_id().clone()) {
        Some(id) => tree.mut_arg(id, |arg| one_of(arg, names)),
        None => tree,
    };
    let children: Vec<String> = tree.get_subcommands().map(|child| child.get_name().to_owned()).collect();
    children
        .into_iter()
        .fold(tree, |tree, child| tree.mut_subcommand(child, |child| everywhere(child, long, names)))
}

fn one_of(arg: Arg, names: &[String]) -> Arg {
    // Without a name there is nothing to choose from, and a list of nothing would refuse everything.
    if names.is_empty() { arg } else { arg.value_parser(PossibleValuesParser::new(names.to_vec())) }
}
