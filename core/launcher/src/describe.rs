//! What commands say of themselves: the built-ins, and plugins in their manifests. Nothing is run for it.

use std::fmt::Write as _;

use leash_output::{Error, fit, stdout_width};
use leash_protocol::manifest::{Command, Flag, Manifest};
use leash_resolve::{Listed, Target};
use leash_trust::{Summaries, Summary};

use crate::Host;

/// Where summaries begin, unless a name is longer.
pub(crate) const COLUMN: usize = 16;

/// A command of the table, with what it says of itself.
pub(crate) struct Described {
    /// The command.
    pub(crate) listed: Listed,
    /// What it says, raw; empty where it says nothing.
    pub(crate) summary: String,
    /// Its version, where a manifest states it.
    pub(crate) version: Option<String>,
    /// Why it can't be run, where its manifest or its directory is broken.
    pub(crate) broken: Option<Error>,
}

impl Described {
    fn of(host: &Host, summaries: &mut Summaries, listed: Listed) -> Self {
        let mut described = Self { listed, summary: String::new(), version: None, broken: None };
        let name = described.listed.name.as_str();
        match summaries.of(name, &described.listed.target) {
            Ok(Some(Summary { summary, version, .. })) => {
                described.summary = summary;
                described.version = Some(version);
            }
            Ok(None) => {
                let builtin = host.builtins().outlines.iter().find(|builtin| builtin.name == name);
                described.summary = builtin.map_or("", |builtin| builtin.summary).to_owned();
            }
            Err(error) => described.broken = Some(error),
        }
        described
    }

    /// One line of a list, without the newline: safe, and no wider than the terminal.
    pub(crate) fn line(&self, indent: usize, columns: Option<usize>) -> String {
        let said = match (&self.broken, &self.listed.target) {
            (Some(error), _) => format!("(broken) {}", error.message()),
            (None, _) if !self.summary.trim().is_empty() => self.summary.clone(),
            (None, Target::Builtin) => String::new(),
            (None, Target::Bundled(_)) => "comes with leash".to_owned(),
            (None, Target::Alias(words)) => format!("alias for `{}`", words.join(" ")),
            (None, Target::Installed(installed)) => installed.program.to_string_lossy().into_owned(),
            (None, Target::Path(path)) => path.to_string_lossy().into_owned(),
        };
        let name = &self.listed.name;
        let line = format!("{:indent$}{name:<width$} {said}", "", width = COLUMN - 1);
        fit(&line, columns).trim_end().to_owned()
    }
}

impl Host {
    /// The plugins that can't be run, each with why: their manifests or their directories are broken.
    ///
    /// # Errors
    /// As [`leash_session::Session::settings`].
    pub fn broken_plugins(&self) -> Result<Vec<(String, Error)>, Error> {
        let described = self.describe(self.table()?.all());
        Ok(described.into_iter().filter_map(|one| Some((one.listed.name, one.broken?))).collect())
    }

    /// Commands with what they say of themselves, by name.
    pub(crate) fn describe(&self, all: Vec<Listed>) -> Vec<Described> {
        let mut summaries = Summaries::open(self.paths().ok());
        let all = all.into_iter().map(|listed| Described::of(self, &mut summaries, listed)).collect();
        summaries.keep();
        all
    }
}

/// The help of a plugin, from its manifest; `below` are the subcommands that were named.
pub(crate) fn help(manifest: &Manifest, below: &[String]) -> String {
    let columns = stdout_width();
    let words =
        std::iter::once(&manifest.name).chain(below).map(String::as_str).collect::<Vec<_>>().join(" ");
    let own = manifest.command.iter().find(|command| command.path == below);
    let said = own.map(|command| &command.summary).filter(|_| !below.is_empty()).unwrap_or(&manifest.summary);
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{}", fit(line, columns).trim_end());
    };
    line(&format!("leash {words} - {said}"));
    line("");
    let inner: Vec<&Command> = manifest
        .command
        .iter()
        .filter(|command| command.path.len() > below.len() && command.path.starts_with(below))
        .collect();
    let subcommand = if inner.is_empty() { "" } else { " COMMAND" };
    line(&format!("Usage: leash {words}{subcommand} [ARGUMENTS]"));
    if !inner.is_empty() {
        line("");
        line("Commands:");
        for command in inner {
            line(&format!("  {:<15} {}", command.path[below.len()..].join(" "), command.summary));
        }
    }
    if let Some(own) = own.filter(|own| !own.flags.is_empty()) {
        line("");
        line("Options:");
        own.flags.iter().for_each(|flag| line(&option(flag)));
    }
    line("");
    line(&format!(
        "This is what version {} of the plugin says in its manifest. Its own help:",
        manifest.version
    ));
    line(&format!("  leash {words} --help"));
    text
}

fn option(flag: &Flag) -> String {
    let short = flag.short.as_ref().map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let value = flag.value.as_ref().map_or_else(String::new, |value| format!(" {value}"));
    format!("  {short}{:<16} {}", format!("--{}{value}", flag.long), flag.help)
}

/// Whether a manifest says anything of these subcommands.
pub(crate) fn knows(manifest: &Manifest, below: &[String]) -> bool {
    below.is_empty() || manifest.command.iter().any(|command| command.path.starts_with(below))
}
