//! The global options: one table for the command line, for `--help` and for the built-ins.

use std::{ffi::OsStr, time::Duration};

use leash_output::{Color, Error};

use crate::parse_timeout;

/// What the global options said. `None` and `false`: nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Globals {
    /// `--agent NAME`.
    pub agent: Option<String>,
    /// `--json`.
    pub json: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// How often `--verbose` stood.
    pub verbose: u8,
    /// `--color WHEN`.
    pub color: Option<Color>,
    /// `--timeout TIME`.
    pub timeout: Option<Duration>,
    /// `--allow-http`.
    pub allow_http: bool,
}

/// A global option.
#[derive(Debug)]
pub struct Flag {
    /// Its name, without the dashes.
    pub long: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What its value is called; none where it takes none.
    pub value: Option<&'static str>,
    /// What it does, in a few words.
    pub help: &'static str,
}

const fn flag(
    long: &'static str,
    short: Option<char>,
    value: Option<&'static str>,
    help: &'static str,
) -> Flag {
    Flag { long, short, value, help }
}

/// All of them, in the order in which help shows them.
pub const FLAGS: [Flag; 7] = [
    flag("agent", None, Some("NAME"), "Act as this agent, whatever the environment says"),
    flag("json", None, None, "One JSON document on stdout in the place of text"),
    flag("quiet", Some('q'), None, "Only what was asked for: no notes, no progress"),
    flag("verbose", None, None, "Say more on stderr; may be repeated"),
    flag("color", None, Some("WHEN"), "Colour: auto, always or never"),
    flag("timeout", None, Some("TIME"), "How long to wait for servers: `30`, `30s` or `500ms`"),
    flag("allow-http", None, None, "Plain http to other machines, too; anyone between can read it"),
];

impl Globals {
    /// Takes one option of [`FLAGS`] in.
    ///
    /// # Errors
    /// A usage error where its value is none.
    pub fn set(&mut self, long: &str, value: Option<&OsStr>) -> Result<(), Error> {
        let text = || {
            value
                .and_then(OsStr::to_str)
                .ok_or_else(|| Error::usage(format!("the value of `--{long}` is not UTF-8")))
        };
        match long {
            "agent" => self.agent = Some(text()?.to_owned()),
            "json" => self.json = true,
            "quiet" => self.quiet = true,
            "verbose" => self.verbose = self.verbose.saturating_add(1),
            "color" => {
                self.color = Some(Color::parse(text()?).ok_or_else(|| {
                    Error::usage(format!("`{}` is no value of `--color`", text().unwrap_or_default()))
                        .hint("colour is auto, always or never")
                })?);
            }
            "timeout" => self.timeout = Some(parse_timeout(text()?)?),
            "allow-http" => self.allow_http = true,
            _ => return Err(Error::failure("internal", format!("`--{long}` is not a global option"))),
        }
        Ok(())
    }

    /// Puts options on top that came later.
    pub fn overlay(&mut self, later: Self) {
        self.agent = later.agent.or(self.agent.take());
        self.json |= later.json;
        self.quiet |= later.quiet;
        self.verbose = self.verbose.saturating_add(later.verbose);
        self.color = later.color.or(self.color);
        self.timeout = later.timeout.or(self.timeout);
        self.allow_http |= later.allow_http;
    }
}

/// The global options as `leash --help` shows them, one a line.
#[must_use]
pub fn global_help() -> String {
    FLAGS
        .iter()
        .map(|flag| {
            let short = flag.short.map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
            let long = format!("--{} {}", flag.long, flag.value.unwrap_or_default());
            format!("  {short}{long:<16} {}\n", flag.help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_later_wins() {
        let mut globals = Globals { agent: Some("a".into()), verbose: 1, json: true, ..Globals::default() };
        globals.overlay(Globals { agent: Some("b".into()), verbose: 2, quiet: true, ..Globals::default() });
        assert_eq!((globals.agent.as_deref(), globals.verbose), (Some("b"), 3));
        assert!(globals.json && globals.quiet);
        globals.overlay(Globals::default());
        assert_eq!(globals.agent.as_deref(), Some("b"));
    }
}
