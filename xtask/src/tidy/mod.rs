//! `cargo xtask tidy`: what the documents say of the code, held against the code.

mod allowances;
mod circles;
mod edges;
mod exceptions;
mod imports;
mod manifests;
mod printed;

use std::{
    fs,
    path::{Path, PathBuf},
};

use circles::Circles;
use exceptions::Exceptions;

use crate::run;

/// What may lie at the top.
const TOP: [&str; 16] = [
    "Cargo.toml",
    "Cargo.lock",
    "core",
    "plugins",
    "xtask",
    "tests",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "deny.toml",
    "clippy.toml",
    "rustfmt.toml",
    "target",
];

/// A file this long is a table, or two files.
const MOST_LINES: usize = 400;

/// What `--write` writes into ARCHITECTURE.md lies between these two lines.
const BEGIN: &str = "<!-- edges: `cargo xtask tidy --write` writes this table -->\n";
const END: &str = "<!-- end of edges -->\n";

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let writes = match words {
        [] => false,
        [word] if word == "--write" => true,
        _ => return Err("usage: cargo xtask tidy [--write]".to_owned()),
    };
    let root = run::root();
    let metadata = manifests::metadata()?;
    let mut faults = edges::faults(&metadata);
    faults.extend(manifests::without_lints(&metadata));
    for name in names(&root) {
        if !name.starts_with('.') && !TOP.contains(&name.as_str()) {
            faults.push(format!("`{name}` has no place at the top"));
        }
    }
    let mut architecture = read(&root.join("ARCHITECTURE.md"));
    match with_edges(&architecture) {
        None => faults.push(format!("ARCHITECTURE.md has no lines `{}` and `{}`", BEGIN.trim(), END.trim())),
        Some(new) if new == architecture => {}
        Some(new) if writes => {
            fs::write(root.join("ARCHITECTURE.md"), &new)
                .map_err(|error| format!("ARCHITECTURE.md: {error}"))?;
            architecture = new;
        }
        Some(_) => {
            faults.push(
                "the table of dependencies in ARCHITECTURE.md is out of date: `cargo xtask tidy --write`"
                    .to_owned(),
            );
        }
    }
    for parent in ["core", "plugins"] {
        for name in names(&root.join(parent)) {
            if root.join(parent).join(&name).join("Cargo.toml").exists()
                && !architecture.contains(&format!("{parent}/{name}"))
            {
                faults.push(format!("ARCHITECTURE.md doesn't know {parent}/{name}"));
            }
        }
    }
    let mut files = Vec::new();
    for dir in ["core", "plugins", "xtask", "tests"] {
        all_files(&root.join(dir), &mut files);
    }
    let shown = |path: &Path| path.strip_prefix(&root).unwrap_or(path).display().to_string();
    for path in files.iter().map(|path| shown(path)).filter(|path| exceptions::is_stray_configuration(path)) {
        faults.push(format!("{path} replaces the clippy.toml at the top for its package"));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let (mut exceptions, mut circles) = (Exceptions::default(), Circles::default());
    for path in &files {
        let text = read(path);
        let shown = shown(path);
        if !text.starts_with("//!") && !text.starts_with("#![doc") {
            faults.push(format!("{shown} doesn't say in its first line what it is for"));
        }
        if text.lines().count() > MOST_LINES {
            faults.push(format!("{shown} has more than {MOST_LINES} lines"));
        }
        if has_printed_commands(&shown) {
            let lines = printed::by_hand(&text);
            faults.extend(lines.iter().map(|line| {
                format!("{shown}:{line} writes out a command that acts for an agent: `leash_output::command` makes it")
            }));
        }
        exceptions.look(&shown, &text);
        circles.look(&shown, &text);
    }
    faults.extend(exceptions.faults());
    faults.extend(circles.faults());
    if faults.is_empty() {
        println!("{} source files, all tidy", files.len());
        Ok(())
    } else {
        Err(format!("untidy:\n  {}", faults.join("\n  ")))
    }
}

/// Whether what a source prints is printed by a leash that knows which agent was named; the sandbox and a plugin's SDK don't.
fn has_printed_commands(shown: &str) -> bool {
    let apart = ["core/sdk/", "plugins/sandbox/", "plugins/authors/src/conform/"];
    shown.contains("/src/") && !shown.starts_with("xtask/") && !apart.iter().any(|dir| shown.starts_with(dir))
}

/// ARCHITECTURE.md with the table of dependencies as it should be; none where it has no place for it.
fn with_edges(text: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", edges::markdown()))
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn all_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for name in names(dir) {
        let path = dir.join(&name);
        if path.is_dir() && name != "target" {
            all_files(&path, found);
        } else {
            found.push(path);
        }
    }
}
