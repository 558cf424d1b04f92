//! One command's voice: what it prints, and where.
#![allow(clippy::disallowed_methods, reason = "leash-output is what writes to stdout and stderr")]

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Map, Value, json};

use crate::{
    Code, Color, Error, Kind, Palette, Progress, closed::stdout_was_closed, escape, escape::escape_json,
};

/// stdout can't be written to.
pub const STDOUT: Code = Code::new("stdout");

/// How one command speaks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Out {
    /// One JSON document on stdout in the place of text.
    pub json: bool,
    /// Only what was asked for: no notes, no progress.
    pub quiet: bool,
    /// How often `--verbose` stood.
    pub verbose: u8,
    /// When to colour.
    pub color: Color,
}

impl Out {
    /// The palette of stdout.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.color.palette(&io::stdout())
    }

    /// Whether a person reads stdout.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Prints the outcome: `text` for people, or the document under `--json`.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn result(&self, document: &Value, text: impl FnOnce() -> String) -> Result<(), Error> {
        if self.json { self.document(document) } else { self.text(&text()) }
    }

    /// Prints text, with a final newline.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn text(&self, text: &str) -> Result<(), Error> {
        let mut bytes = text.as_bytes().to_vec();
        if !bytes.ends_with(b"\n") {
            bytes.push(b'\n');
        }
        write_stdout(&bytes)
    }

    /// Prints a document, indented by two spaces, in which nothing can garble a terminal.
    ///
    /// # Errors
    /// As [`write_stdout`].
    pub fn document(&self, document: &Value) -> Result<(), Error> {
        write_stdout(escape_json(&format!("{document:#}\n")).as_bytes())
    }

    /// Whether a person reads stderr.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Shows on stderr what a question or a wait is about, always. The caller has escaped what came from elsewhere.
    #[allow(clippy::unused_self, reason = "one voice, one way to speak")]
    pub fn show(&self, text: &str) {
        // Where stderr is gone there is nobody to read it, and nobody to say yes.
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Says something that is no result, on stderr; nothing under `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(&self.color.palette(&io::stderr()).dim("note:"), text);
        }
    }

    /// Says something that deserves attention, on stderr, always.
    pub fn warn(&self, text: &str) {
        self.line(&self.color.palette(&io::stderr()).warn("warning:"), text);
    }

    /// Shows that something takes time, after the first second, where a person watches stderr.
    #[must_use]
    pub fn progress(&self, what: &str) -> Progress {
        if self.quiet || !io::stderr().is_terminal() { Progress::hidden() } else { Progress::start(what) }
    }

    /// Reports a failure at once, for a command that still has something to do. What is given back has the same exit status,
    /// and isn't printed again.
    #[must_use]
    pub fn report(&self, error: Error) -> Error {
        self.failure(&error);
        error.after_report()
    }

    /// Reports a failure: `error:` and `hint:` on stderr and, under `--json`, a document on stdout.
    pub fn failure(&self, error: &Error) {
        if error.is_silent() {
            return;
        }
        let palette = self.color.palette(&io::stderr());
        self.line(&palette.bad("error:"), error.message());
        self.line(&palette.strong("hint:"), &error.hints());
        if self.json {
            let mut document = Map::new();
            document.insert("kind".into(), json!(error.document()));
            document.insert("status".into(), json!("error"));
            document.insert("code".into(), json!(error.code()));
            document.insert("message".into(), json!(error.message()));
            document.insert("hint".into(), json!(error.hints()));
            for (name, value) in error.fields() {
                document.entry(name).or_insert_with(|| value.clone());
            }
            // The failure is on stderr already; that stdout can't be written adds nothing.
            let _ = self.document(&Value::Object(document));
        }
    }

    #[allow(clippy::unused_self, reason = "one voice, one way to speak")]
    fn line(&self, label: &str, text: &str) {
        // Where stderr is gone there is nobody left to tell.
        // What goes on does so indented, so that no text passes for a line of leash's own.
        let lines: Vec<_> = text.lines().map(escape).collect();
        let _ = io::stderr().write_all(format!("{label} {}\n", lines.join("\n  ")).as_bytes());
    }
}

/// Whether anything can be written to stdout at all.
#[must_use]
pub fn stdout_is_open() -> bool {
    !stdout_was_closed()
}

/// Writes to stdout and makes sure that it went out.
///
/// # Errors
/// [`Kind::BrokenPipe`] where the reader went away, else [`Kind::Failure`]: stdout is closed, or the disk
/// behind it is full.
pub fn write_stdout(bytes: &[u8]) -> Result<(), Error> {
    let written = if stdout_was_closed() {
        Err(io::Error::from_raw_os_error(rustix::io::Errno::BADF.raw_os_error()))
    } else {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    };
    written.map_err(|error| {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::BrokenPipe } else { Kind::Failure };
        Error::new(kind, STDOUT, format!("cannot write to stdout: {error}"))
            .hint("check what stdout leads to: a full disk, or a descriptor that is closed")
    })
}
