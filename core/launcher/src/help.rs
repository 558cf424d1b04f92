//! `leash --help`, `leash help NAME` and `leash --list`, from the one table and from manifests.

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
};

use leash_output::{Error, stdout_width, write_stdout};
use leash_resolve::{Listed, Target};
use leash_trust::manifest_of;
use serde_json::json;

use crate::{Host, describe, handover};

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
    for builtin in host.builtins().outlines {
        let _ = writeln!(text, "  {:<15} {}", builtin.name, builtin.summary);
    }
    // Whoever asks for help may need it to mend the settings.
    let table = host.table().unwrap_or_else(|_| host.table_without_aliases());
    let others: Vec<Listed> =
        table.all().into_iter().filter(|listed| listed.target != Target::Builtin).collect();
    if !others.is_empty() {
        text.push_str("\nPlugins and aliases:\n");
        let columns = stdout_width();
        for described in host.describe(others) {
            let _ = writeln!(text, "{}", described.line(2, columns));
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
    let mut all = host.table()?.all();
    // Other spellings of a built-in say nothing new.
    all.retain(|listed| {
        listed.target != Target::Builtin
            || host.builtins().outlines.iter().any(|builtin| builtin.name == listed.name)
    });
    let all = host.describe(all);
    if host.out.json {
        let items: Vec<_> = all
            .iter()
            .map(|described| {
                let target = &described.listed.target;
                let path = target.program().map(|path| path.to_string_lossy());
                let broken = described.broken.as_ref().map(Error::message);
                json!({
                    "name": described.listed.name, "source": target.source(), "path": path,
                    "summary": described.summary, "version": described.version, "broken": broken,
                })
            })
            .collect();
        return host
            .out
            .document(&json!({"kind": "commands", "status": "ok", "count": items.len(), "items": items}));
    }
    let columns = stdout_width();
    let mut text = String::new();
    for described in all {
        text.push_str(&described.line(0, columns));
        text.push('\n');
    }
    write_stdout(text.as_bytes())
}

/// Help on a plugin from its manifest, without running it; `false` where it has none, and is to be asked itself.
pub(crate) fn topic(host: &mut Host, name: &OsStr, below: &[OsString]) -> Result<bool, Error> {
    let _ = host.apply_settings();
    let table = host.table().unwrap_or_else(|_| host.table_without_aliases());
    let target = table.find(name)?;
    let name = name.to_string_lossy();
    if let Target::Alias(words) = &target
        && !handover::said_so_already(host)
    {
        host.out.note(&format!("`{name}` is an alias for `leash {}`", words.join(" ")));
    }
    // What came with the host says more by itself, and is trusted to.
    if let Target::Bundled(_) = target {
        return Ok(false);
    }
    let Some(loaded) = manifest_of(&name, &target)? else { return Ok(false) };
    let below: Vec<String> = below.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if !describe::knows(&loaded.manifest, &below) {
        return Err(Error::usage(format!("`{name}` says nothing of a subcommand `{}`", below.join(" ")))
            .hint(format!("`leash help {name}` shows what it says of itself")));
    }
    let manifest = &loaded.manifest;
    let commands: Vec<_> =
        manifest.command.iter().filter(|command| command.path.starts_with(&below)).collect();
    let document = json!({
        "kind": "help", "status": "ok", "name": name, "version": manifest.version,
        "summary": manifest.summary, "commands": commands, "manifest": loaded.path.to_string_lossy(),
    });
    host.out.result(&document, || describe::help(manifest, &below)).map(|()| true)
}
