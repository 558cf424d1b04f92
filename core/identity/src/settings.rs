//! The host's own settings: `config.toml`.

use std::{collections::BTreeMap, path::Path};

use leash_output::{Color, Error, Kind};
use serde::Deserialize;

use crate::{Paths, atomic, trust};

/// What `config.toml` may say. An absent file says nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Settings {
    /// The agent that is meant where none is named.
    pub default_agent: Option<String>,
    /// Seconds that one command may wait for a server.
    pub timeout: Option<u64>,
    /// Plain http to other machines, too.
    #[serde(default)]
    pub allow_http: bool,
    /// How leash speaks.
    #[serde(default)]
    pub output: Output,
    /// Shorthands for commands.
    #[serde(default)]
    pub alias: BTreeMap<String, Alias>,
    /// What plugins are told, by name; leash itself doesn't look inside.
    #[serde(default)]
    pub plugin: BTreeMap<String, toml::Table>,
    /// Keys that leash doesn't know, for `leash doctor` to name.
    #[serde(flatten)]
    pub unknown: BTreeMap<String, toml::Value>,
}

/// The `[output]` table.
#[derive(Debug, Default, Deserialize)]
pub struct Output {
    /// `--json` always.
    #[serde(default)]
    pub json: bool,
    /// `auto`, `always` or `never`.
    pub color: Option<String>,
}

/// What an alias stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Alias {
    /// Words with blanks between them.
    Text(String),
    /// Words as they are.
    Words(Vec<String>),
}

impl Alias {
    /// The words.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split_whitespace().map(str::to_owned).collect(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl Settings {
    /// Reads the settings of this user.
    ///
    /// # Errors
    /// Where the file can't be read, trusted or understood; the message names the line.
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        let path = paths.settings_file();
        let Some(bytes) = trust::read(&path, trust::Others::Read)? else { return Ok(Self::default()) };
        let name = Paths::display(&path);
        let bad = |place: &str, what: &str| {
            Error::new(Kind::Identity, "malformed_settings", format!("cannot understand `{name}{place}`: {what}"))
                .hint(format!("mend that line of {name}"))
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| bad("", "it is not UTF-8"))?;
        let settings: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            bad(&format!(":{line}"), error.message().lines().next().unwrap_or_default())
        })?;
        if let Some(color) = &settings.output.color
            && Color::parse(color).is_none()
        {
            return Err(bad("", &format!("output.color is `{color}`, not auto, always or never")));
        }
        Ok(settings)
    }

    /// Sets the default agent, leaving every other line and comment as it is.
    ///
    /// # Errors
    /// Where the file can't be read, trusted, understood or written.
    pub fn write_default_agent(paths: &Paths, name: Option<&str>) -> Result<(), Error> {
        Self::read(paths)?;
        let path = paths.settings_file();
        let bytes = trust::read(&path, trust::Others::Read)?;
        let text = bytes.as_ref().map_or("", |bytes| std::str::from_utf8(bytes).unwrap_or_default());
        let mut document: toml_edit::DocumentMut = text
            .parse()
            .map_err(|_| Error::new(Kind::Identity, "malformed_settings", "cannot understand config.toml"))?;
        match name {
            Some(name) => document["default_agent"] = toml_edit::value(name),
            None => {
                document.remove("default_agent");
            }
        }
        write(&path, document.to_string().as_bytes())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    atomic::replace(path, bytes).map_err(|error| Error::io("write", path, &error))
}
