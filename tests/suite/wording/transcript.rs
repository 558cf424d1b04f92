//! What was typed and what was printed, in a form that is the same on every machine and in every run.

use std::{ffi::OsStr, fmt::Write as _};

use insta::Settings;
use leash_tests::{AGENT_1, AGENT_2, Home, Outcome, Run, programs};
use serde_json::{Map, Value};

/// What differs from run to run, wherever it stands.
const VOLATILE: [(&str, &str); 14] = [
    (r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:[PORT]"),
    (r"\b(lsh_(?:test|live)_)[a-z0-9]{18}\b", "${1}[KEY]"),
    (r"\b[0-9a-f]{64}\b", "[HASH]"),
    (r"\b[1-9A-HJ-NP-Za-km-z]{86,88}\b", "[SIGNATURE]"),
    (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "[ID]"),
    (r"\b[0-9a-hjkmnp-tv-z]{26}\b", "[ID]"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?", "[TIME]"),
    (r"\b20\d\d-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?\b", "[DATE]"),
    (r"\(pid \d+", "(pid [PID]"),
    (r"\blinux[ -][a-z0-9_]+", "linux-[MACHINE]"),
    // The last characters of an API key.
    (r"…[a-z0-9]{4}\b", "…[LAST]"),
    (r"\b\d+ (ms|s old)\b", "[N] $1"),
    (r"within (?:\d+|\[N\]) m?s\b", "within [N] s"),
    // What is hidden is longer in one run than in another, and what stands behind it stands elsewhere.
    (r"(\[[A-Z]+\]) {2,}", "$1  "),
];

/// A text that grows by one command at a time, and is compared with a file at its end.
pub(super) struct Transcript {
    text: String,
    hidden: Vec<(String, &'static str)>,
    filters: Vec<(&'static str, &'static str)>,
}

impl Transcript {
    /// Of commands that are typed in this home.
    pub(super) fn of(home: &Home) -> Self {
        let mut transcript = Self { text: String::new(), hidden: Vec::new(), filters: Vec::new() };
        transcript.hide(home.path().to_str().unwrap(), "[HOME]");
        transcript.hide(programs().to_str().unwrap(), "[BIN]");
        transcript.hide(env!("CARGO_PKG_VERSION"), "[VERSION]");
        transcript.hide(AGENT_1.key, "[KEY 1]");
        transcript.hide(AGENT_2.key, "[KEY 2]");
        transcript
    }

    /// Hides a text that is another in each run.
    pub(super) fn hide(&mut self, text: &str, name: &'static str) {
        assert!(!text.is_empty(), "{name}");
        self.hidden.push((text.to_owned(), name));
    }

    /// Hides what a regular expression finds.
    pub(super) fn filter(&mut self, expression: &'static str, name: &'static str) {
        self.filters.push((expression, name));
    }

    /// Takes the last block with this title away where it is the same as the first one.
    pub(super) fn fold(&mut self, title: &str) {
        let block = |text: &str| text.split("\n\n").next().unwrap_or_default().trim_end().to_owned();
        let (Some(first), Some(last)) = (self.text.find(title), self.text.rfind(title)) else { return };
        let (kept, folded) = (block(&self.text[first..]), block(&self.text[last..]));
        if first < last && kept == folded {
            let shown = format!("{} as above", title.trim_end());
            self.text.replace_range(last..last + folded.len(), &shown);
        }
    }

    /// A line between two commands.
    pub(super) fn title(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{gap}# {title}");
    }

    /// A command that succeeds.
    pub(super) fn ok(&mut self, run: Run) {
        self.prints(run, 0);
    }

    /// A command that ends with a status after it printed a result.
    pub(super) fn prints(&mut self, run: Run, status: i32) {
        let typed = typed(&run);
        let outcome = run.outcome();
        assert_eq!(outcome.status, status, "{outcome:?}");
        self.typed(&typed);
        self.printed(&outcome);
        if status != 0 {
            let _ = writeln!(self.text, "exit {status}");
        }
    }

    /// A command that fails, run once more with `--json`: status, message and hint, and the document.
    pub(super) fn fails(&mut self, run: Run) {
        let document = run.again(&["--json"]).outcome();
        let typed = typed(&run);
        let outcome = run.outcome();
        for label in ["error: ", "hint: "] {
            assert_eq!(
                outcome.stderr.lines().filter(|line| line.starts_with(label)).count(),
                1,
                "{outcome:?}"
            );
        }
        self.typed(&typed);
        self.printed(&outcome);
        let (said, with_json) = (self.hiding(&outcome.stderr), self.hiding(&document.stderr));
        // What was left of the time differs by milliseconds from run to run.
        let without_time =
            |line: &str| line.split_once(" within ").map_or(line, |(before, _)| before).to_owned();
        let without_notes = |said: &str| -> Vec<String> {
            said.lines().filter(|line| !line.starts_with("note: ")).map(without_time).collect()
        };
        if without_notes(&with_json) != without_notes(&said) {
            let _ = write!(self.text, "(with --json)\n{with_json}");
        }
        self.failed(&document, outcome.status);
    }

    /// A command that fails and can't be run twice; `--json` is among its words.
    pub(super) fn fails_once(&mut self, run: Run) {
        let typed = typed(&run);
        let outcome = run.outcome();
        self.typed(&typed);
        let said = self.hiding(&outcome.stderr);
        self.text.push_str(&said);
        self.failed(&outcome, outcome.status);
    }

    /// The status, and the document without what the lines before it say already.
    fn failed(&mut self, outcome: &Outcome, status: i32) {
        outcome.assert_failure(status);
        let mut document: Map<String, Value> = serde_json::from_str(&outcome.stdout).unwrap();
        for (name, label) in [("message", "error"), ("hint", "hint")] {
            let line = format!("{label}: {}", document[name].as_str().unwrap());
            if outcome.stderr.lines().any(|said| said == line) {
                document.shift_remove(name);
            }
        }
        assert_eq!(document.shift_remove("status").unwrap(), "error");
        let _ = writeln!(self.text, "exit {status} {}", self.hiding(&Value::Object(document).to_string()));
    }

    fn typed(&mut self, typed: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{gap}$ {}", self.hiding(typed));
    }

    fn printed(&mut self, outcome: &Outcome) {
        for text in [&outcome.stdout, &outcome.stderr] {
            let shown = self.hiding(text);
            let end = if shown.is_empty() || shown.ends_with('\n') { "" } else { "\n" };
            let _ = write!(self.text, "{shown}{end}");
        }
    }

    /// The text without what is hidden, and with one line for a request that was tried again and again.
    fn hiding(&self, text: &str) -> String {
        let text =
            self.hidden.iter().fold(text.to_owned(), |text, (hidden, name)| text.replace(hidden, name));
        let mut shown = String::new();
        for line in text.split_inclusive('\n') {
            let line = match line.split_once("; trying again in ") {
                Some((said, _)) => format!("{said}; trying again in [N] s\n"),
                None => line.to_owned(),
            };
            if !(line.ends_with("[N] s\n") && shown.ends_with(&line)) {
                shown.push_str(&line);
            }
        }
        shown
    }

    /// Compares all of it with the file `tests/snapshots/NAME.snap`.
    #[track_caller]
    pub(super) fn assert(self, name: &str) {
        assert!(!self.text.is_empty());
        let mut settings = Settings::new();
        settings.set_snapshot_path("../../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for (expression, shown) in self.filters.iter().chain(&VOLATILE) {
            settings.add_filter(expression, *shown);
        }
        settings.bind(|| insta::assert_snapshot!(name, self.text));
    }
}

/// A command as a person would type it: what it reads from the environment, its name, and its arguments.
fn typed(run: &Run) -> String {
    let word = |word: &OsStr| quoted(&word.to_string_lossy());
    let mut words = Vec::new();
    for (name, value) in run.command.get_envs() {
        if let Some(value) = value
            && !["HOME", "PATH", "LANG", "OUT"].iter().any(|given| name == *given)
        {
            words.push(format!("{}={}", name.to_string_lossy(), word(value)));
        }
    }
    let program = std::path::Path::new(run.command.get_program());
    words.push(program.file_name().unwrap().to_string_lossy().into_owned());
    words.extend(run.command.get_args().map(word));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,%+{}[]?&~<>".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'\\''"))
}
