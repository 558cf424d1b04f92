//! The one error type of the commands: what happened, to what, and what to do next.

use std::{borrow::Cow, fmt};

use leash_protocol::exit;
use serde_json::{Map, Value};

use crate::{Code, command, hide_keys, with_commands};

/// What kind of failure, which decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The operation failed.
    Failure,
    /// The command line makes no sense.
    Usage,
    /// A check came out negative.
    Negative,
    /// No identity, not authorised, or an identity that can't be trusted.
    Identity,
    /// Refused by policy, grant or depth.
    Refused,
    /// Found, but it can't be run.
    NotRunnable,
    /// No such command.
    NotFound,
    /// A signal came while something had to be brought to an end first; it was.
    Interrupted,
    /// The failure has been reported already, in the command's own output.
    Reported,
    /// A check came out negative, and the command's own output says so already.
    ReportedNegative,
    /// The reader of stdout went away: nothing to say, and nobody to say it to.
    BrokenPipe,
}

impl Kind {
    /// The exit status.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Failure | Self::Reported => exit::FAILURE,
            Self::Usage => exit::USAGE,
            Self::Negative | Self::ReportedNegative => exit::NEGATIVE,
            Self::Identity => exit::IDENTITY,
            Self::Refused => exit::REFUSED,
            Self::NotRunnable => exit::NOT_RUNNABLE,
            Self::NotFound => exit::NOT_FOUND,
            // What a shell reports for a program that SIGINT, or SIGPIPE, ended.
            Self::Interrupted => 130,
            Self::BrokenPipe => 141,
        }
    }
}

/// A failure of the file system.
const IO: Code = Code::new("io");

/// A failure, worded for a person and coded for a program.
#[derive(Debug, Clone)]
pub struct Error {
    kind: Kind,
    code: Cow<'static, str>,
    message: String,
    hints: Vec<String>,
    document: Option<&'static str>,
    fields: Option<Box<Map<String, Value>>>,
    /// Whether it was printed already.
    is_reported: bool,
}

impl Error {
    /// A failure. The message is a lower-case fragment with values in backticks and no final period; the
    /// code is snake case and stays as it is from version to version.
    ///
    /// What is wrong with what was typed, or with a file that was named, is said without what may be a key.
    pub fn new(kind: Kind, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let of_input = matches!(kind, Kind::Usage | Kind::Identity | Kind::NotFound | Kind::NotRunnable)
            || code == IO.as_str();
        Self {
            kind,
            code,
            message: if of_input { hide_keys(&message) } else { message },
            hints: Vec::new(),
            document: None,
            fields: None,
            is_reported: false,
        }
    }

    /// The same, which is printed by now: only its exit status is left to set.
    #[must_use]
    pub(crate) const fn after_report(mut self) -> Self {
        self.is_reported = true;
        self
    }

    /// Whether there is nothing to print: it was printed already, or nobody is there to read it.
    pub(crate) const fn is_silent(&self) -> bool {
        self.is_reported || matches!(self.kind, Kind::BrokenPipe | Kind::Reported | Kind::ReportedNegative)
    }

    /// A mistake on the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, "usage", message)
    }

    /// A failure that the command has reported in its own way; only the exit status is left to set.
    #[must_use]
    pub fn reported() -> Self {
        Self::new(Kind::Reported, "reported", "reported above")
    }

    /// A check that came out negative, of which the command's own output tells; likewise.
    #[must_use]
    pub fn reported_negative() -> Self {
        Self::new(Kind::ReportedNegative, "negative", "reported above")
    }

    /// An operation that failed.
    pub fn failure(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Failure, code, message)
    }

    /// A failure of the file system, with the file's name.
    pub fn io(what: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::failure(IO, format!("cannot {what} `{}`: {error}", path.display()))
    }

    /// Adds what to do next.
    ///
    /// The commands of a hint that was compiled in repeat the agent that was named ([`with_commands`]). A hint that was
    /// put together may hold text from elsewhere and stays as it is; its commands are made by [`command`](crate::command).
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hints.push(match hint.into() {
            Cow::Borrowed(own) => with_commands(own).into_owned(),
            Cow::Owned(made) => made,
        });
        self
    }

    /// Names the `kind` of the document that a command prints under `--json`, where it isn't named yet.
    #[must_use]
    pub const fn of_document(mut self, kind: &'static str) -> Self {
        if self.document.is_none() {
            self.document = Some(kind);
        }
        self
    }

    /// Adds members to the document under `--json`: what a verdict of no has to say besides. Names that every error
    /// document has are left as they are.
    #[must_use]
    pub fn with_fields(mut self, fields: Map<String, Value>) -> Self {
        self.fields = Some(Box::new(fields));
        self
    }

    /// The members that [`Error::with_fields`] added.
    pub fn fields(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.fields.iter().flat_map(|fields| fields.iter())
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether it is the error of this code.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        self.code == code.as_str()
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether anything was said of what to do.
    #[must_use]
    pub const fn has_hints(&self) -> bool {
        !self.hints.is_empty()
    }

    /// What to do, in one line; where nothing better is known, how to look closer.
    #[must_use]
    pub fn hints(&self) -> String {
        if self.hints.is_empty() {
            return format!("`{}` checks the set-up", command("doctor"));
        }
        self.hints.join("; ")
    }

    /// The `kind` of the error document.
    #[must_use]
    pub fn document(&self) -> &'static str {
        self.document.unwrap_or("error")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
