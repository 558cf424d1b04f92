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
    let mut asked = None;
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let Some(text) = word.to_str() else {
            if word.as_encoded_bytes().starts_with(b"-") {
                return Err(Error::usage(format!("the option `{}` is not UTF-8", word.to_string_lossy()))
                    .hint("`leash --help` lists the global options"));
            }
            return command(globals, asked.as_ref(), word, words);
        };
        match text {
            // Whatever else there is: the version is the version.
            "-v" | "-V" | "--version" => return Ok(Typed { globals, action: Action::Version }),
            "-h" | "--help" => asked = asked.or(Some(Action::Help)),
            "--list" => asked = asked.or(Some(Action::List)),
            "--" => {
                return match words.next() {
                    Some(name) => command(globals, asked.as_ref(), name, words),
                    None => Ok(Typed { globals, action: asked.unwrap_or(Action::Help) }),
                };
            }
            _ if text.starts_with('-') && text != "-" => option(&mut globals, text, &mut words)?,
            _ => return command(globals, asked.as_ref(), word, words),
        }
    }
    Ok(Typed { globals, action: asked.unwrap_or(Action::Help) })
}

/// A command, or help on it where `--help` stood in front.
fn command(
    globals: Globals,
    asked: Option<&Action>,
    name: OsString,
    arguments: impl Iterator<Item = OsString>,
) -> Result<Typed, Error> {
    let action = match asked {
        None => Action::Command(name, arguments.collect()),
        Some(Action::Help) => {
            Action::Command("help".into(), std::iter::once(name).chain(arguments).collect())
        }
        Some(_) => {
            return Err(Error::usage(format!("`--list` takes no argument `{}`", name.to_string_lossy()))
                .hint("`leash --list` shows what there is, `leash help COMMAND` explains one"));
        }
    };
    Ok(Typed { globals, action })
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
        let error = Error::usage(format!("leash has no option `{name}`"));
        return Err(match nearest(name) {
            Some(long) => error.hint(format!("did you mean `--{long}`?")),
            None => {
                error.hint("options of a command stand after its name; `leash --help` lists those of leash")
            }
        });
    };
    match (flag.value, inline) {
        (None, None) => globals.set(flag.long, None),
        (None, Some(value)) => Err(Error::usage(format!("`--{}` takes no value", flag.long))
            .hint(format!("leave out the `={value}`"))),
        (Some(_), Some(value)) => globals.set(flag.long, Some(OsStr::new(value))),
        (Some(what), None) => match words.next() {
            Some(value) => globals.set(flag.long, Some(&value)),
            None => Err(Error::usage(format!("`--{}` needs a value", flag.long))
                .hint(format!("type `--{} {what}`", flag.long))),
        },
    }
}

/// The option that was probably meant.
fn nearest(name: &str) -> Option<&'static str> {
    let typed = name.strip_prefix("--")?;
    let distances = FLAGS.iter().map(|flag| (strsim::osa_distance(typed, flag.long), flag.long));
    distances.min().filter(|(distance, long)| *distance <= 1 + long.len() / 4).map(|(_, long)| long)
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
    fn what_is_asked_for_may_stand_anywhere_among_the_options() {
        let list = typed(&["--list", "--json"]).expect("fine");
        assert!(list.globals.json && list.action == Action::List);
        assert_eq!(typed(&["--help", "--list"]).expect("fine").action, Action::Help);
        let help = Action::Command("help".into(), vec!["agent".into(), "show".into()]);
        assert_eq!(typed(&["-h", "agent", "show"]).expect("fine").action, help);
        assert_eq!(typed(&["-v", "--frob"]).expect("fine").action, Action::Version);
        assert!(typed(&["--list", "agent"]).is_err());
        assert!(typed(&["--list", "--frob"]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_split_or_refused(words in proptest::collection::vec(
            proptest::prop_oneof![
                "[a-z-]{0,8}", "--(agent|json|timeout|color|verbose|list)(=.{0,4})?", "-[a-zA-Z]", ".{0,6}",
            ],
            0..6,
        )) {
            let os: Vec<OsString> = words.iter().map(OsString::from).collect();
            if let Ok(Typed { action: Action::Command(name, arguments), .. }) = split(os.clone()) {
                // Name and arguments are the end of what was typed, word for word; only `help` is put in.
                let mut tail = vec![name.clone()];
                tail.extend(arguments.iter().cloned());
                let shorter = tail.strip_prefix(&[OsString::from("help")][..]).unwrap_or(&tail);
                proptest::prop_assert!(os.ends_with(&tail) || os.ends_with(shorter), "{:?}", tail);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_or_refused() {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let typed = split([bytes(b"\xff"), bytes(b"\xfe")]).expect("a command");
        assert_eq!(typed.action, Action::Command(bytes(b"\xff"), vec![bytes(b"\xfe")]));
        assert!(split([bytes(b"--agent=\xff")]).is_err());
        assert!(split([bytes(b"--agent"), bytes(b"\xff")]).is_err());
    }

    #[test]
    fn nothing_is_swallowed() {
        for words in
            [&["--frob", "x"][..], &["-x"], &["--json=1"], &["--agent"], &["--color=blue"], &["--timeout=0"]]
        {
            assert!(typed(words).is_err(), "{words:?}");
        }
        assert_eq!(typed(&["--timeout=500ms", "-v"]).expect("fine").action, Action::Version);
        assert_eq!(typed(&[]).expect("fine").action, Action::Help);
    }
}
