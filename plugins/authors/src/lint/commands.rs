//! The subcommands: what help, completion and manual pages make of them.

use leash_output::escape;
use leash_protocol::manifest::{Command, Flag};

use super::{finding::Findings, manifest::Looked};

pub(super) fn look(looked: &Looked<'_>, findings: &mut Findings) {
    let commands = &looked.manifest.command;
    for (index, command) in commands.iter().enumerate() {
        one(looked, index, command, findings);
        if commands[..index].iter().any(|earlier| earlier.path == command.path) {
            let what = match command.path.as_slice() {
                [] => "the plugin itself (`path = []`) is described twice".to_owned(),
                words => format!("`{}` is described twice", words.join(" ")),
            };
            let at = looked.at(&["command", &index.to_string(), "path"]);
            findings.error("shadowed_command", at, what, "leave one out: the first is taken");
        }
    }
}

fn one(looked: &Looked<'_>, index: usize, command: &Command, findings: &mut Findings) {
    let index = index.to_string();
    let at = |key: &str| looked.at(&["command", &index, key]);
    if escape(&command.summary) != command.summary {
        let what = "the summary has control or invisible characters, which are shown as escapes";
        findings.error("control_characters", at("summary"), what, "write it in one line of plain text");
    }
    if let Some(word) = command.path.iter().find(|word| matches!(word.as_str(), "help")) {
        let what = format!("a subcommand `{word}` hides what `leash help` shows");
        findings.warn("shadowed_command", at("path"), what, "leave help to leash, or call it something else");
    }
    for (number, flag) in command.flags.iter().enumerate() {
        let at = looked.at(&["command", &index, "flags", &number.to_string()]);
        let before = &command.flags[..number];
        let twice = |same: &dyn Fn(&Flag) -> bool| before.iter().any(same);
        if twice(&|other| other.long == flag.long) {
            let what = format!("`--{}` is described twice", flag.long);
            findings.error("duplicate_flag", at, what, "leave one out");
        }
        if let Some(short) = &flag.short
            && twice(&|other| other.short.as_ref() == Some(short))
        {
            let what = format!("`-{short}` stands for two options");
            findings.error("duplicate_flag", at, what, "choose another letter, or none");
        }
        if flag.help.trim().is_empty() {
            let what = format!("`--{}` has no `help`", flag.long);
            findings.warn("no_help", at, what, "say what it does: completions and manual pages show it");
        }
        let texts = [Some(&flag.help), flag.value.as_ref()];
        if texts.into_iter().flatten().any(|text| escape(text) != *text) {
            let what = format!("`--{}` is described with control or invisible characters", flag.long);
            findings.error("control_characters", at, what, "write it in one line of plain text");
        }
    }
}
