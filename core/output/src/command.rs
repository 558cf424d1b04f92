//! The commands that leash prints for a person to type.
//!
//! What is typed in another shell, or later, must act for the same agent as the command that printed it. So each printed
//! command is made here, and repeats the global options that decide this. They are kept for the whole process, which has
//! one command line: an error is made far from whoever understood that, and may be printed by another process.

use std::{borrow::Cow, sync::RwLock};

/// What printed commands repeat; nothing where nobody has said so.
static REPEATED: RwLock<Option<Repeated>> = RwLock::new(None);

/// The global options to repeat, and which commands need them.
pub struct Repeated {
    /// The agent that was named, by `--agent` or `LEASH_AGENT`.
    pub agent: Option<String>,
    /// Whether `--allow-http` was given.
    pub allow_http: bool,
    /// What a command needs, by its words after `leash`.
    pub needs: NeedsOf,
}

/// Tells what the command with these words needs.
pub type NeedsOf = Box<dyn Fn(&[&str]) -> Needs + Send + Sync>;

/// Which global options make a difference to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// It acts for an agent: `--agent`.
    pub agent: bool,
    /// It connects to servers: `--allow-http`.
    pub server: bool,
}

/// Sets what the commands printed from now on repeat.
pub fn repeat_in_commands(repeated: Repeated) {
    // A thread that panicked left a whole value, since it is replaced in one step.
    *REPEATED.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(repeated);
}

/// A command to print: `treasury balance` becomes `leash --agent buyer treasury balance` where buyer was named.
/// A command that names an agent keeps that one.
#[must_use]
pub fn command(words: &str) -> String {
    format!("leash {}{words}", options(words))
}

/// A word as it is to be typed into a shell, whoever it comes from.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    shell_words::quote(word)
}

/// A text of leash's own, with what [`command`] adds in each command in backticks, and in `$(leash …)`.
///
/// The text is one that was compiled in: what a server, a file or a plugin says is never searched for commands.
#[must_use]
pub fn with_commands(text: &'static str) -> Cow<'static, str> {
    const NAME: &str = "leash ";
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let (before, words) = rest.split_at(at + NAME.len());
        whole.push_str(before);
        rest = words;
        let end = match before.strip_suffix(NAME) {
            Some(before) if before.ends_with('`') => '`',
            Some(before) if before.ends_with("$(") => ')',
            _ => continue,
        };
        if let Some(length) = words.find(end) {
            whole.push_str(&options(&words[..length]));
        }
    }
    if whole.len() + rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

/// The global options for a command, each with a space after it.
fn options(words: &str) -> String {
    let repeated = REPEATED.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    repeated.as_ref().map_or_else(String::new, |repeated| repeated.options(words))
}

impl Repeated {
    fn options(&self, words: &str) -> String {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        let has_agent = words.contains(&"--agent");
        if words.first() == Some(&"--agent") {
            words.drain(..2.min(words.len()));
        }
        let named =
            words.first().is_some_and(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
        // Help is the same for every agent.
        if !named || words.contains(&"--help") {
            return String::new();
        }
        let needs = (self.needs)(&words);
        let mut options = String::new();
        if let Some(agent) = self.agent.as_deref().filter(|_| needs.agent && !has_agent) {
            options.push_str(&format!("--agent {} ", shell_words::quote(agent)));
        }
        if self.allow_http && needs.server && !words.contains(&"--allow-http") {
            options.push_str("--allow-http ");
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(agent: &str, allow_http: bool) -> Repeated {
        let needs = |words: &[&str]| Needs { agent: words[0] != "plugin", server: words[0] == "pay" };
        Repeated { agent: Some(agent.to_owned()), allow_http, needs: Box::new(needs) }
    }

    #[test]
    fn a_command_repeats_what_it_needs() {
        let repeated = repeated("buyer", true);
        assert_eq!(repeated.options("pay URL"), "--agent buyer --allow-http ");
        assert_eq!(repeated.options("policy show"), "--agent buyer ");
        for same in ["plugin list", "--agent other policy show", "--list", "… pay", "", "pay --help"] {
            assert_eq!(repeated.options(same), "", "{same}");
        }
        for other in ["pay URL --agent other", "--agent other pay URL"] {
            assert_eq!(repeated.options(other), "--allow-http ");
        }
    }

    #[test]
    fn a_name_is_quoted_for_the_shell() {
        assert_eq!(repeated("a b; rm", false).options("policy show"), "--agent 'a b; rm' ");
    }

    /// The only test here that sets what the process repeats.
    #[test]
    fn commands_are_found_in_texts_of_leash_alone() {
        let text =
            "first `leash policy show`, then export K=\"$(leash api-key create)\" (`leash plugin list`)";
        assert!(matches!(with_commands(text), Cow::Borrowed(_)), "nothing is repeated yet");
        repeat_in_commands(repeated("buyer", false));
        assert_eq!(command("policy show"), "leash --agent buyer policy show");
        assert_eq!(
            with_commands(text),
            "first `leash --agent buyer policy show`, then export K=\"$(leash --agent buyer api-key create)\" (`leash \
             plugin list`)"
        );
        for same in
            ["install leash whole: `leash-payer` is missing", "run leash as you", "an open `leash pay"]
        {
            assert_eq!(with_commands(same), same);
        }
        let error = crate::Error::usage("no").hint("`leash pay URL`");
        assert_eq!(error.hints(), "`leash --agent buyer pay URL`");
        let said_by_a_server = String::from("`leash pay URL`");
        assert_eq!(crate::Error::usage("no").hint(said_by_a_server).hints(), "`leash pay URL`");
        assert_eq!(crate::Error::usage("no").hints(), "`leash --agent buyer doctor` checks the set-up");
    }
}
