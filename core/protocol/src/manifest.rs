//! What a plugin says of itself: `leash-plugin.toml` in an installed plugin, `leash-NAME.toml` beside an
//! executable on PATH.

use serde::{Deserialize, Serialize};

use crate::{frame::PayLimits, scope::Scope};

/// The most bytes of a manifest.
pub const MAX_BYTES: usize = 256 * 1024;
/// The version of the manifest's form.
pub const SCHEMA: u32 = 1;

/// The whole manifest. Keys that aren't known here are ignored (and named by `leash plugin lint`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the form: 1.
    pub schema: u32,
    /// Versions of the contract that the plugin speaks.
    pub protocol: Vec<u32>,
    /// The plugin's name.
    pub name: String,
    /// Its version, semantic.
    pub version: String,
    /// What it is for, in a few words.
    #[serde(default)]
    pub summary: String,
    /// An executable or a library.
    #[serde(default)]
    pub kind: PluginKind,
    /// How it is run.
    #[serde(default)]
    pub run: Run,
    /// What it asks to have signed.
    #[serde(default)]
    pub sign: Option<Sign>,
    /// What it asks to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<PayLimits>,
    /// Requests to be signed before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presign: Vec<Presign>,
    /// How far it is shut in.
    #[serde(default)]
    pub sandbox: Sandbox,
    /// Its subcommands, for help, completion and man pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<Command>,
}

/// What a plugin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginKind {
    /// An executable.
    #[default]
    Exec,
    /// A dynamic library.
    Dylib,
}

/// The `[run]` table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    /// What its stdin is.
    #[serde(default)]
    pub stdin: Stdin,
    /// How it reaches the signer.
    #[serde(default)]
    pub signer: SignerAt,
    /// Further variables of the user's that it gets.
    #[serde(default)]
    pub env: Vec<String>,
    /// Whether it asks for the API key.
    #[serde(default)]
    pub api_key: bool,
}

/// What a plugin's stdin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stdin {
    /// The user's own.
    #[default]
    Inherit,
    /// The context, then the end of the file.
    Context,
}

/// How a plugin reaches the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignerAt {
    /// A descriptor that it inherits.
    #[default]
    Fd,
    /// A socket in the file system, for runtimes that close descriptors.
    Unix,
}

/// The `[sign]` table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Signatures of one invocation.
    #[serde(default = "default_signatures")]
    pub max_signatures: u32,
    /// Signatures of one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_day: Option<u32>,
    /// Whether the user is asked.
    #[serde(default)]
    pub consent: Consent,
    /// Which requests.
    #[serde(default)]
    pub scopes: Vec<Scope>,
}

const fn default_signatures() -> u32 {
    20
}

/// Whether the user is asked before something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Trust is enough.
    #[default]
    None,
    /// Once a grant.
    First,
    /// Each time.
    Each,
}

/// A request that is signed before the plugin starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presign {
    /// The method.
    pub method: String,
    /// The exact path; `{mint}` stands for the agent's.
    pub path: String,
    /// The body, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The `[sandbox]` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sandbox {
    /// How far the plugin is shut in.
    #[serde(default)]
    pub level: Level,
}

/// How far a plugin is shut in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As any program of the user's.
    #[default]
    None,
    /// Away from identities, trust and other processes.
    Strict,
}

/// A subcommand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The words that name it.
    pub path: Vec<String>,
    /// What it is for.
    #[serde(default)]
    pub summary: String,
    /// Its options.
    #[serde(default)]
    pub flags: Vec<Flag>,
}

/// An option of a subcommand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// `--long`.
    pub long: String,
    /// `-s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// What its value is called; none for a switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What it does.
    #[serde(default)]
    pub help: String,
}

/// Variables that decide how a program is loaded or interpreted; a manifest may not ask for them.
#[must_use]
pub fn is_forbidden_variable(name: &str) -> bool {
    name.starts_with("LD_")
        || name.starts_with("DYLD_")
        || name.starts_with("PYTHON")
        || name.starts_with("PERL5")
        || name.starts_with("LEASH_PASSPHRASE")
        || matches!(
            name,
            "NODE_OPTIONS"
                | "RUBYOPT"
                | "BASH_ENV"
                | "ENV"
                | "GCONV_PATH"
                | "LEASH_EXECUTIVE_KEY"
                | "LEASH_API_KEY"
        )
}

/// Whether a plugin with a manifest gets a variable of the user's without asking for it.
#[must_use]
pub fn is_common_variable(name: &str) -> bool {
    name.starts_with("LC_")
        || name.starts_with("XDG_")
        || matches!(
            name,
            "PATH"
                | "HOME"
                | "USER"
                | "LOGNAME"
                | "SHELL"
                | "TERM"
                | "COLORTERM"
                | "NO_COLOR"
                | "LANG"
                | "TZ"
                | "TMPDIR"
        )
}
