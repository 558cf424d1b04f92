//! The commands that leash prints to be typed, and for whom each of them would act.

use std::{ffi::OsStr, process::Command};

use serde_json::Value;

/// The built-in commands that act for an agent, whatever stands after their names; told by hand, so that leash's own table is
/// held against it.
const FOR_AGENT: [&str; 18] = [
    "api", "api-key", "api-keys", "audit", "daily", "doctor", "history", "key", "pay", "payments", "policy",
    "receipt", "receipts", "sell", "treasury", // With a subcommand that does:
    "agent", "plugin", "sandbox",
];
/// Of those of which only a part does, that part.
const PARTS: [(&str, &[&str]); 3] = [
    ("agent", &["show", "fund", "export"]),
    ("plugin", &["list", "which", "trust", "exec"]),
    ("sandbox", &[]),
];
/// The built-in commands that act for nobody.
const FOR_NOBODY: [&str; 5] = ["completions", "help", "man", "quote", "version"];

/// A command that was printed, from `leash` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed(pub String);

impl Printed {
    /// The commands in a text: in backticks, in `$(…)`, and those that stand alone after a label or on a line.
    #[must_use]
    pub fn all(text: &str) -> Vec<Self> {
        text.lines()
            .filter(|line| !line.to_ascii_lowercase().contains("usage: leash "))
            .flat_map(in_line)
            .collect()
    }

    /// The commands in a JSON document, or in a text that is none.
    #[must_use]
    pub fn all_of_output(text: &str) -> Vec<Self> {
        serde_json::from_str(text).map_or_else(|_| Self::all(text), |document| in_document(&document))
    }

    /// The agent that it names.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        let mut words = self.words().skip_while(|word| *word != "--agent");
        words.nth(1)
    }

    /// Whether it acts for an agent, be it named or not.
    #[must_use]
    pub fn is_for_agent(&self) -> bool {
        let mut words = self.words().skip(1).peekable();
        while let Some(option) = words.next_if(|word| word.starts_with("--")) {
            if option == "--agent" {
                words.next();
            }
        }
        let (Some(name), subcommand) = (words.next(), words.next()) else { return false };
        if !is_name(name) || FOR_NOBODY.contains(&name) || self.words().any(|word| word == "--help") {
            return false;
        }
        // What isn't built in is a plugin's name.
        PARTS
            .iter()
            .find(|(whole, _)| *whole == name)
            .is_none_or(|(_, parts)| subcommand.is_some_and(|subcommand| parts.contains(&subcommand)))
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split_whitespace()
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase())
}

fn in_document(document: &Value) -> Vec<Printed> {
    match document {
        Value::String(text) => Printed::all(text),
        Value::Array(items) => items.iter().flat_map(in_document).collect(),
        Value::Object(members) => members.values().flat_map(in_document).collect(),
        _ => Vec::new(),
    }
}

fn in_line(line: &str) -> Vec<Printed> {
    line.match_indices("leash ")
        .filter_map(|(at, _)| {
            let (before, rest) = line.split_at(at);
            let end = match before.chars().next_back() {
                Some('`') => rest.find('`')?,
                Some('(') if before.ends_with("$(") => rest.find(')')?,
                None | Some(' ') if stands_alone(before, rest) => rest.find([';', '`']).unwrap_or(rest.len()),
                _ => return None,
            };
            Some(Printed(rest[..end].split(" (").next().unwrap_or_default().trim_end().to_owned()))
        })
        .collect()
}

/// Whether a command begins here, and not a sentence about leash.
fn stands_alone(before: &str, rest: &str) -> bool {
    let next = rest.split_whitespace().nth(1).unwrap_or_default();
    let before = before.trim_end();
    (before.is_empty() || before.ends_with(':')) && (next == "--agent" || FOR_AGENT.contains(&next))
}

/// The agent that a run of leash was told to act for, where it runs a command of leash's own: what a plugin prints is the
/// plugin's, and help is the same for everybody.
pub(crate) fn named_agent(command: &Command) -> Option<String> {
    let program = std::path::Path::new(command.get_program());
    if program.file_name() != Some(OsStr::new("leash")) {
        return None;
    }
    let words: Vec<&str> = command.get_args().map(|word| word.to_str().unwrap_or_default()).collect();
    let words = words.split(|word| *word == "--").next().unwrap_or_default();
    if words.iter().any(|word| ["--help", "-h", "help"].contains(word)) {
        return None;
    }
    let value = |at: usize| words.get(at + 1).copied();
    let mut named = None;
    let mut name = None;
    let mut skip = false;
    for (at, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match *word {
            "--agent" => (named, skip) = (value(at), true),
            "--timeout" | "--color" => skip = true,
            word if word.starts_with("--agent=") => named = word.strip_prefix("--agent="),
            word if word.starts_with('-') => {}
            word => name = name.or(Some(word)),
        }
    }
    if !name.is_some_and(|name| FOR_AGENT.contains(&name) && name != "sandbox") {
        return None;
    }
    let variable =
        command.get_envs().find(|(name, _)| *name == "LEASH_AGENT").and_then(|(_, value)| value?.to_str());
    named.or(variable).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sentences() {
        let text = "hint: look at `leash treasury balance`, or export K=\"$(leash api-key create --label a)\"\n\
                    \x20 fix: leash --agent b pay 'u' (it finds out)\nleash pays for `leash-payer`; run leash as you\n\
                    hint: usage: leash pay <URL>";
        let found = ["leash treasury balance", "leash api-key create --label a", "leash --agent b pay 'u'"];
        assert_eq!(Printed::all(text), found.map(|command| Printed(command.to_owned())));
        let document =
            serde_json::json!({ "hint": "`leash \"x\"`", "a": [{ "fix": "leash pay" }] }).to_string();
        assert_eq!(Printed::all_of_output(&document).len(), 2);
    }

    #[test]
    fn what_acts_for_an_agent() {
        for command in
            ["leash pay", "leash --agent b pay", "leash agent show", "leash plugin trust a", "leash hello"]
        {
            assert!(Printed(command.to_owned()).is_for_agent(), "{command}");
        }
        for command in [
            "leash agent use b",
            "leash --list",
            "leash --agent sandbox …",
            "leash sandbox up",
            "leash pay --help",
        ] {
            assert!(!Printed(command.to_owned()).is_for_agent(), "{command}");
        }
        assert_eq!(Printed("leash --agent b pay".to_owned()).agent(), Some("b"));
    }

    #[test]
    fn who_was_named() {
        let named = |words: &[&str], variable: &str| {
            let mut command = Command::new("/bin/leash");
            command.args(words).env("LEASH_AGENT", variable);
            named_agent(&command)
        };
        assert_eq!(named(&["--agent", "a", "pay", "--agent", "b"], "c").as_deref(), Some("b"));
        assert_eq!(named(&["--json", "pay", "u"], "c").as_deref(), Some("c"));
        for words in
            [&["--agent", "a", "hello"][..], &["--agent", "a", "help", "pay"], &["pay", "--", "--agent", "a"]]
        {
            assert_eq!(named(words, ""), None, "{words:?}");
        }
    }
}
