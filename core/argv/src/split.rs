//! Global options, the command's name, its arguments.

use std::ffi::{OsStr, OsString};

use leash_output::Error;

use crate::globals::{FLAGS, Globals};

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed {
    /// The global options in front of the name.
    pub globals: Globals,
    /// What is asked for.
    pub action: Action,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// A command, with its arguments as they were typed.
    Command(OsString, Vec<OsString>),
    /// `-v`, `-V`, `--version`.
    Version,
    /// `-h`, `--help`, or nothing at all.
    Help,
    /// `--list`.
    List,
}

/// Splits the words after the program's name.
///
/// # Errors
/// A usage error on an option that leash doesn't have, or one that lacks its value.
pub fn split(words: impl IntoIterator<Item = OsString>) -> Result<Typed, Error> {
    let mut globals = Globals::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some(text) = word.to_str() else { return Ok(command(globals, word, words)) };
        let action = match text {
            "-v" | "-V" | "--version" => Action::Version,
            "-h" | "--help" => Action::Help,
            "--list" => Action::List,
            "--" => match words.next() {
                Some(name) => return Ok(command(globals, name, words)),
                None => Action::Help,
            },
            _ if text.starts_with('-') && text != "-" => {
                option(&mut globals, text, &mut words)?;
                continue;
            }
            _ => return Ok(command(globals, word, words)),
        };
        return Ok(Typed { globals, action });
    }
    Ok(Typed { globals, action: Action::Help })
}

fn command(globals: Globals, name: OsString, arguments: impl Iterator<Item = OsString>) -> Typed {
    Typed { globals, action: Action::Command(name, arguments.collect()) }
}

fn option(
    globals: &mut Globals,
    text: &str,
    words: &mut impl Iterator<Item = OsString>,
) -> Result<(), Error> {
    let (name, inline) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let flag = FLAGS.iter().find(|flag| {
        name.strip_prefix("--") == Some(flag.long)
            || flag.short.is_some_and(|short| name.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])))
    });
    let Some(flag) = flag else {
        return Err(Error::usage(format!("leash has no option `{name}`"))
            .hint("global options stand before the command: `leash --help` lists them"));
    };
    match (flag.value, inline) {
        (None, None) => globals.set(flag.long, None),
        (None, Some(_)) => Err(Error::usage(format!("`--{}` takes no value", flag.long))),
        (Some(_), Some(value)) => globals.set(flag.long, Some(OsStr::new(value))),
        (Some(what), None) => match words.next() {
            Some(value) => globals.set(flag.long, Some(&value)),
            None => Err(Error::usage(format!("`--{}` needs a value", flag.long))
                .hint(format!("type `--{} {what}`", flag.long))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str]) -> Result<Typed, Error> {
        split(words.iter().map(OsString::from))
    }

    #[test]
    fn what_follows_the_name_is_the_commands() {
        let typed = typed(&["--agent", "a", "-q", "foo", "--json", "--", "-v"]).expect("a command");
        assert_eq!(typed.globals.agent.as_deref(), Some("a"));
        assert!(typed.globals.quiet && !typed.globals.json);
        let rest = ["--json", "--", "-v"].map(OsString::from).to_vec();
        assert_eq!(typed.action, Action::Command("foo".into(), rest));
    }

    #[test]
    fn nothing_is_swallowed() {
        for words in [&["--frob", "x"][..], &["-x"], &["--json=1"], &["--agent"], &["--color=blue"], &["--timeout=0"]] {
            assert!(typed(words).is_err(), "{words:?}");
        }
        assert_eq!(typed(&["--timeout=500ms", "-v"]).expect("fine").action, Action::Version);
        assert_eq!(typed(&[]).expect("fine").action, Action::Help);
    }
}
