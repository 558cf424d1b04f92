//! `cargo xtask tidy`: what the documents say of the code, held against the code.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{printed, run};

/// What may lie at the top.
const TOP: [&str; 15] = [
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
    "rustfmt.toml",
    "target",
];

/// Files that may be unsafe: the only places where the kernel, the loader or the C ABI leaves no other way.
const UNSAFE: [&str; 12] = [
    "core/output/src/closed.rs",
    "core/sdk/src/inherited.rs",
    "core/signer-process/src/sys.rs",
    "core/strict/tests/attacks/syscall.rs",
    "core/trust/src/lease.rs",
    "core/trust/tests/suite/programs.rs",
    "core/trust/tests/suite/remembered.rs",
    "core/vault/src/sys.rs",
    "plugins/loader/src/call.rs",
    "plugins/loader/src/fatal.rs",
    "plugins/loader/src/library.rs",
    "tests/attacks/syscall.rs",
];

/// A file this long is a table, or two files.
const MOST_LINES: usize = 400;

pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let root = run::root();
    let mut faults = Vec::new();
    for name in names(&root) {
        if !name.starts_with('.') && !TOP.contains(&name.as_str()) {
            faults.push(format!("`{name}` has no place at the top"));
        }
    }
    let architecture = read(&root.join("ARCHITECTURE.md"));
    for parent in ["core", "plugins"] {
        for name in names(&root.join(parent)) {
            if root.join(parent).join(&name).join("Cargo.toml").exists()
                && !architecture.contains(&format!("{parent}/{name}"))
            {
                faults.push(format!("ARCHITECTURE.md doesn't know {parent}/{name}"));
            }
        }
    }
    let mut sources = Vec::new();
    for dir in ["core", "plugins", "xtask", "tests"] {
        rust_files(&root.join(dir), &mut sources);
    }
    for path in &sources {
        let text = read(path);
        let shown = path.strip_prefix(&root).unwrap_or(path).display().to_string();
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
        if text.contains(concat!("unsafe", "_code,")) && !UNSAFE.contains(&shown.as_str()) {
            faults.push(format!("{shown} is unsafe, and not in the list of files that may be"));
        }
    }
    if faults.is_empty() {
        println!("{} source files, all tidy", sources.len());
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

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for name in names(dir) {
        let path = dir.join(&name);
        if path.is_dir() && name != "target" {
            rust_files(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}
