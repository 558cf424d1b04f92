//! `leash --help` and `leash --list`, from the one table.

use std::fmt::Write as _;

use leash_output::{Error, escape, write_stdout};
use leash_resolve::{Listed, Target};
use serde_json::json;

use crate::Host;

const INTRODUCTION: &str = "leash - the operator's hand on an AI agent's identity

Usage: leash [OPTIONS] COMMAND [ARGUMENTS]
";

const ACTIONS: &str = "      --list           All commands, plugins included
  -v, --version        The version
  -h, --help           This text; `leash help COMMAND` explains a command

Examples:
  leash sandbox up                                     a Leash API on this machine, with an agent to try
  leash agent use sandbox                              act as that agent from now on
  export LEASH_API_KEY=\"$(leash api-key create --label 'local runtime' --quiet)\"
  leash sell create-link --label Quote --amount 0.01   something to sell
";

/// What there is, and how to begin.
pub(crate) fn overview(host: &Host) -> Result<(), Error> {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\nCommands:\n");
    for builtin in host.builtins() {
        let _ = writeln!(text, "  {:<15} {}", builtin.name(), builtin.summary());
    }
    // Whoever asks for help may need it to mend the settings.
    let table = host.table().unwrap_or_else(|_| host.table_without_aliases());
    let others: Vec<Listed> =
        table.all().into_iter().filter(|listed| listed.target != Target::Builtin).collect();
    if !others.is_empty() {
        text.push_str("\nPlugins and aliases:\n");
        for listed in &others {
            let _ = writeln!(text, "  {:<15} {}", listed.name, origin(&listed.target));
        }
    }
    text.push_str("\nOptions:\n");
    text.push_str(&leash_argv::global_help());
    text.push_str(ACTIONS);
    write_stdout(text.as_bytes())
}

/// All commands, one a line.
pub(crate) fn list(host: &mut Host) -> Result<(), Error> {
    host.apply_settings()?;
    let all = host.table()?.all();
    let spelling = |listed: &Listed| {
        listed.target == Target::Builtin
            && !host.builtins().iter().any(|builtin| builtin.name() == listed.name)
    };
    let all: Vec<&Listed> = all.iter().filter(|listed| !spelling(listed)).collect();
    if host.out.json {
        let items: Vec<_> = all
            .iter()
            .map(|listed| {
                let (source, path) = match &listed.target {
                    Target::Builtin => ("builtin", None),
                    Target::Bundled(path) => ("bundled", Some(path)),
                    Target::Alias(_) => ("alias", None),
                    Target::Path(path) => ("path", Some(path)),
                };
                let path = path.map(|path| path.to_string_lossy());
                json!({"name": listed.name, "source": source, "path": path})
            })
            .collect();
        return host
            .out
            .document(&json!({"kind": "commands", "status": "ok", "count": items.len(), "items": items}));
    }
    let mut text = String::new();
    for listed in all {
        let summary = host
            .builtins()
            .iter()
            .find(|builtin| builtin.name() == listed.name)
            .map_or_else(|| origin(&listed.target), |builtin| builtin.summary().to_owned());
        let _ = writeln!(text, "{:<15} {summary}", listed.name);
    }
    write_stdout(text.as_bytes())
}

fn origin(target: &Target) -> String {
    match target {
        Target::Builtin => String::new(),
        Target::Bundled(_) => "comes with leash".to_owned(),
        Target::Alias(words) => escape(&format!("alias for `{}`", words.join(" "))).into_owned(),
        Target::Path(path) => escape(&path.to_string_lossy()).into_owned(),
    }
}
