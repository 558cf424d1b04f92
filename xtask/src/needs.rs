//! What tests need and this machine lacks, for `cargo xtask test` and `cargo xtask packages`.

#[path = "../../tests/needs/src/table.rs"]
mod table;

use std::{path::Path, process::Command};

use table::{MISSING, NEEDS};

/// The variable that `#[needs]` reads, and what is missing here. Empty where nothing is.
pub(crate) fn missing(programs: &Path) -> (&'static str, String) {
    let probed = Command::new(programs.join("leash-test-probe")).output().map(|output| output.stdout);
    let probed = String::from_utf8(probed.unwrap_or_default()).unwrap_or_default();
    let is_missing = |name: &str| probed.lines().any(|line| line == name);
    let missing = NEEDS.iter().filter(|need| !need.is_met() || is_missing(need.name));
    let lines: Vec<String> = missing.map(|need| format!("{}\t{}", need.name, need.reason())).collect();
    (MISSING, lines.join("\n"))
}

/// `cargo xtask packages`: the Debian packages that some test needs and that aren't installed.
pub(crate) fn packages(_: &[String]) -> Result<(), String> {
    for need in NEEDS.iter().filter(|need| !need.is_met()) {
        need.package.iter().for_each(|package| println!("{package}"));
    }
    Ok(())
}
