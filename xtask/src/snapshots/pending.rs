//! Snapshots that differ: insta leaves `NAME.snap.new` beside a file, and `.FILE.pending-snap` beside the source of
//! inline ones.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A snapshot that differs.
pub(super) struct Pending {
    /// The file that insta left.
    left: PathBuf,
    /// The file that holds the snapshot: its own, or the source that it stands in.
    pub(super) path: PathBuf,
    /// The line of the macro that an inline one stands in.
    pub(super) line: Option<usize>,
    /// What the snapshot holds; empty where it is new.
    pub(super) old: String,
    /// What was printed.
    pub(super) new: String,
}

impl Pending {
    /// How a person finds it.
    pub(super) fn name(&self) -> String {
        let path = self.path.strip_prefix(crate::run::root()).unwrap_or(&self.path).display();
        self.line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}"))
    }

    /// Puts the new text into the snapshot's file.
    pub(super) fn accept(self) -> Result<(), String> {
        let text = read(&self.left)?;
        // Where the assertion stands says nothing, and changes with every line above it.
        let kept = text.lines().filter(|line| !line.starts_with("assertion_line: "));
        let text: String = kept.flat_map(|line| [line, "\n"]).collect();
        fs::write(&self.path, text).map_err(|error| format!("{}: {error}", self.path.display()))?;
        self.reject()
    }

    /// Takes away what insta left.
    pub(super) fn reject(&self) -> Result<(), String> {
        // Several inline ones share a file.
        match fs::remove_file(&self.left) {
            Err(error) if self.left.exists() => Err(format!("{}: {error}", self.left.display())),
            _ => Ok(()),
        }
    }
}

/// All that differ below a directory.
pub(super) fn all(dir: &Path) -> Result<Vec<Pending>, String> {
    let mut found = Vec::new();
    for left in files(dir) {
        let name = left.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(source) = name.strip_suffix(".pending-snap") {
            found.extend(inline(&left, &left.with_file_name(source.trim_start_matches('.')))?);
        } else {
            let path = left.with_extension("");
            let old = fs::read_to_string(&path).map(|text| contents(&text).to_owned()).unwrap_or_default();
            let new = contents(&read(&left)?).to_owned();
            found.push(Pending { left, path, line: None, old, new });
        }
    }
    Ok(found)
}

/// Those of the last run: a line for each assertion, and the last one of an assertion counts.
fn inline(left: &Path, source: &Path) -> Result<Vec<Pending>, String> {
    let text = read(left)?;
    let entries: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{}: {error}", left.display()))?;
    let run = entries.last().map(|entry| entry["run_id"].clone());
    let mut by_line = BTreeMap::new();
    for entry in entries.iter().filter(|entry| Some(&entry["run_id"]) == run.as_ref()) {
        by_line.insert(entry["line"].as_u64().unwrap_or_default(), entry);
    }
    let snapshot = |entry: &Value, which: &str| entry[which]["snapshot"].as_str().map(str::to_owned);
    Ok(by_line
        .into_iter()
        .filter_map(|(line, entry)| {
            Some(Pending {
                left: left.to_owned(),
                path: source.to_owned(),
                line: usize::try_from(line).ok(),
                old: snapshot(entry, "old").unwrap_or_default(),
                new: snapshot(entry, "new")?,
            })
        })
        .collect())
}

/// What a snapshot's file holds below its head.
fn contents(text: &str) -> &str {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    body.map_or(text, |(_, contents)| contents)
}

/// What insta left below a directory.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    with_endings(dir, &[".snap.new", ".pending-snap"])
}

/// The snapshots below a directory.
pub(super) fn snapshots(dir: &Path) -> Vec<PathBuf> {
    with_endings(dir, &[".snap"]).iter().filter_map(|path| path.canonicalize().ok()).collect()
}

fn with_endings(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = below(dir);
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        endings.iter().any(|ending| name.ends_with(ending))
    });
    files
}

/// All files below a directory, in order.
pub(super) fn below(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.retain(|path| !path.ends_with("target"));
    paths.into_iter().flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
