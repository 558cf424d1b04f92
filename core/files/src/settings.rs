//! The host's own settings: `config.toml`.

use std::{collections::BTreeMap, fmt, path::Path};

use leash_output::{Color, Error, Kind};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};

use crate::{DEFAULT_AGENT, Paths, atomic, is_agent_name, trust};

/// What `config.toml` may say. An absent file says nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Settings {
    /// The agent that is meant where none is named.
    #[serde(default, deserialize_with = "agent_name")]
    pub default_agent: Option<String>,
    /// Seconds that one command may wait for a server.
    #[serde(default, deserialize_with = "seconds")]
    pub timeout: Option<u64>,
    /// Plain http to other machines, too.
    #[serde(default)]
    pub allow_http: bool,
    /// RPC endpoints beside the agent's own, of any network. What two endpoints say of a payment is believed without a bound.
    #[serde(default)]
    pub rpc_urls: Vec<String>,
    /// How leash speaks.
    #[serde(default)]
    pub output: Output,
    /// Shorthands for commands.
    #[serde(default)]
    pub alias: BTreeMap<String, Alias>,
    /// What plugins are told, by name; leash itself doesn't look inside.
    #[serde(default)]
    pub plugin: BTreeMap<String, toml::Table>,
    /// Where plugins come from.
    #[serde(default)]
    pub plugins: Plugins,
    /// Keys that leash doesn't know, for `leash doctor` to name; those of a table as `output.key`.
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
    #[serde(default, deserialize_with = "color")]
    pub color: Option<Color>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

/// The `[plugins]` table.
#[derive(Debug, Default, Deserialize)]
pub struct Plugins {
    /// Paths and URLs of indexes, in the order in which they are asked.
    #[serde(default)]
    pub index: Vec<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

/// What an alias stands for: words, written as a list or as one text, in which blanks part them and quotes hold
/// them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias(Vec<String>);

impl Alias {
    /// The words.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.0.clone()
    }
}

impl Settings {
    /// Reads the settings of this user.
    ///
    /// # Errors
    /// Where the file can't be read, trusted or understood; the message names the line.
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        read_text(paths)?
            .map_or_else(|| Ok(Self::default()), |text| Self::parse(&text, &paths.settings_file()))
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut settings: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
            malformed(
                path,
                &format!(":{}", before.matches('\n').count() + 1),
                &error.message().lines().collect::<Vec<_>>().join(", "),
            )
        })?;
        for (key, value) in std::mem::take(&mut settings.output.unknown) {
            settings.unknown.insert(format!("output.{key}"), value);
        }
        for (key, value) in std::mem::take(&mut settings.plugins.unknown) {
            settings.unknown.insert(format!("plugins.{key}"), value);
        }
        Ok(settings)
    }

    /// Sets the default agent, leaving every other line and comment as it is. `None` is the default one.
    ///
    /// # Errors
    /// Where the file can't be read, trusted, understood or written.
    pub fn write_default_agent(paths: &Paths, name: Option<&str>) -> Result<(), Error> {
        let set = Self::read(paths)?.default_agent;
        // The key stays where it is, for a comment that belongs to it would go with it.
        let name = name.unwrap_or(DEFAULT_AGENT);
        if set.as_deref().unwrap_or(DEFAULT_AGENT) == name {
            return Ok(());
        }
        let path = paths.settings_file();
        let text = read_text(paths)?.unwrap_or_default();
        let mut document: toml_edit::DocumentMut =
            text.parse().map_err(|_| malformed(&path, "", "it is not TOML"))?;
        if document.is_empty() {
            // Comments alone, or nothing: what is set comes after them.
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            return write(&path, format!("{text}{end}default_agent = \"{name}\"\n").as_bytes());
        }
        match document.get_mut("default_agent").and_then(toml_edit::Item::as_value_mut) {
            Some(value) => {
                let around = value.decor().clone();
                *value = toml_edit::Value::from(name);
                *value.decor_mut() = around;
            }
            None => document["default_agent"] = toml_edit::value(name),
        }
        write(&path, document.to_string().as_bytes())
    }
}

fn read_text(paths: &Paths) -> Result<Option<String>, Error> {
    let path = paths.settings_file();
    let Some(bytes) = trust::read(&path, trust::Others::Read)? else { return Ok(None) };
    std::str::from_utf8(&bytes)
        .map(|text| Some(text.to_owned()))
        .map_err(|_| malformed(&path, "", "it is not UTF-8"))
}

fn malformed(path: &Path, place: &str, what: &str) -> Error {
    let name = Paths::display(path);
    Error::new(Kind::Identity, "malformed_settings", format!("cannot understand `{name}{place}`: {what}"))
        .hint(format!("mend {}`{name}`", if place.is_empty() { "" } else { "that line of " }))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let dir = path.parent().unwrap_or_else(|| Path::new("."));
    atomic::create_dir(dir).map_err(|error| Error::io("create", dir, &error))?;
    atomic::replace(path, bytes).map_err(|error| Error::io("write", path, &error))
}

fn agent_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    if is_agent_name(&name) {
        Ok(Some(name))
    } else {
        Err(D::Error::custom(format!("`{name}` is no agent's name")))
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match i64::deserialize(deserializer)? {
        seconds @ 1..=3600 => Ok(Some(seconds.unsigned_abs())),
        _ => Err(D::Error::custom("timeout is a number of seconds from 1 to 3600")),
    }
}

fn color<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Color>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Color::parse(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("output.color is `{text}`, not auto, always or never")))
}

impl<'de> Deserialize<'de> for Alias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AliasVisitor)
    }
}

struct AliasVisitor;

impl<'de> Visitor<'de> for AliasVisitor {
    type Value = Alias;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an alias: a text or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Alias, E> {
        shell_words::split(text).map(Alias).map_err(|_| E::custom("a quote in the alias is never closed"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Alias, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Ok(Alias(words))
    }
}
