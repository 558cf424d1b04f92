//! Where things lie, by the XDG base directory specification.

use std::path::{Path, PathBuf};

use leash_output::{Error, Kind};

use crate::home;

/// The agent that is meant where none is named; its file is the original client's `agent.json`.
pub const DEFAULT_AGENT: &str = "default";

/// The directories of this user. Each ends in `leash`; none need exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Identities and settings: `$XDG_CONFIG_HOME/leash`, or `~/.config/leash`.
    pub config: PathBuf,
    /// What must last: `$XDG_DATA_HOME/leash`, or `~/.local/share/leash`.
    pub data: PathBuf,
    /// What may go: `$XDG_CACHE_HOME/leash`, or `~/.cache/leash`.
    pub cache: PathBuf,
    /// Where the original client looks, whatever XDG says: `~/.config/leash`.
    pub original_config: PathBuf,
}

impl Paths {
    /// Reads `HOME` and the XDG variables. As the specification asks, an XDG variable that isn't an
    /// absolute path is ignored.
    ///
    /// # Errors
    /// Where a directory is neither named nor below a home directory.
    #[allow(
        clippy::disallowed_methods,
        reason = "XDG_* name the directories of leash, which only this function looks for"
    )]
    pub fn from_env() -> Result<Self, Error> {
        let home = home::directory().filter(|home| home.is_absolute());
        let base = |variable: &str, default: &str| {
            std::env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| home.as_ref().map(|home| home.join(default)))
                .map(|path| path.join("leash"))
                .ok_or_else(|| {
                    Error::new(Kind::Identity, crate::NO_HOME, "this user has no home directory").hint(
                        "set HOME to a directory that you own; LEASH_AGENT_MINT and LEASH_EXECUTIVE_KEY need none",
                    )
                })
        };
        let config = base("XDG_CONFIG_HOME", ".config")?;
        Ok(Self {
            data: base("XDG_DATA_HOME", ".local/share")?,
            cache: base("XDG_CACHE_HOME", ".cache")?,
            original_config: home.map_or_else(|| config.clone(), |home| home.join(".config/leash")),
            config,
        })
    }

    /// The file of an agent.
    #[must_use]
    pub fn agent_file(&self, name: &str) -> PathBuf {
        if name == DEFAULT_AGENT {
            self.config.join("agent.json")
        } else {
            self.agents_dir().join(format!("{name}.json"))
        }
    }

    /// The directory of all agents but the default one.
    #[must_use]
    pub fn agents_dir(&self) -> PathBuf {
        self.config.join("agents")
    }

    /// The host's settings.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Where plugins are installed, each in a directory of its name.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.data.join("plugins")
    }

    /// A path as a person writes it: `~` for the home directory.
    #[must_use]
    pub fn display(path: &Path) -> String {
        home::directory()
            .filter(|home| home.is_absolute())
            .and_then(|home| path.strip_prefix(home).ok().map(|rest| format!("~/{}", rest.display())))
            .unwrap_or_else(|| path.display().to_string())
    }

    /// A path as it is to be typed into a shell.
    #[must_use]
    pub fn typed(path: &Path) -> String {
        let shown = Self::display(path);
        // A quoted `~` is no home directory any more.
        match shown.strip_prefix("~/") {
            Some(rest) if shell_words::quote(rest) == rest => shown,
            _ => shell_words::quote(&path.to_string_lossy()).into_owned(),
        }
    }
}

/// Whether a text can name an agent: lower-case letters, digits, `-` and `_`, at most 64, and no `-` or
/// `_` in front.
#[must_use]
pub fn is_agent_name(name: &str) -> bool {
    name.len() <= 64
        && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}
