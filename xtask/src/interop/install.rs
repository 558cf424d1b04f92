//! Installing a family's packages, at the versions that its lockfile pins.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use super::sellers::{Family, Language};
use crate::run;

/// What the packages need.
const OLDEST_NODE: u32 = 20;
/// How often a registry is tried.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);
/// What npm and pip say where a registry can't be reached, doesn't answer, or has no such package.
const UNREACHABLE: [&str; 17] = [
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "network request",
    "npm error code E40",
    "npm error code E5",
    "CERT",
    "SSLError",
    "ConnectionError",
    "ConnectTimeoutError",
    "NewConnectionError",
    "Read timed out",
    "(from versions: none)",
];

/// Why a family can't be run.
pub(super) enum Failure {
    /// Nobody's fault here: a program is missing, or a registry can't be reached.
    NotRun(String),
    Failed(String),
}

impl Family {
    /// Installs the packages, where that wasn't done before, and copies the programs beside them.
    pub(super) fn install(&self, dir: &Path) -> Result<PathBuf, Failure> {
        let failed =
            |error: std::io::Error| Failure::Failed(format!("cannot install {}: {error}", self.name));
        if let Some(program) = self.needs().iter().find(|program| !run::has_program(program)) {
            return Err(Failure::NotRun(format!("{program} is not installed")));
        }
        if self.language == Language::JavaScript && !node_is_new_enough() {
            return Err(Failure::NotRun(format!("node is older than version {OLDEST_NODE}")));
        }
        let source = run::root().join("xtask/interop");
        let target = dir.join(self.name);
        fs::create_dir_all(&target).map_err(failed)?;
        copy(&source.join(self.name), &target).map_err(failed)?;
        if self.language == Language::JavaScript {
            fs::copy(source.join("common.mjs"), target.join("common.mjs")).map_err(failed)?;
        }
        // What was installed last, written once all of it was there.
        let (lock, stamp) = (self.lockfile(), target.join("installed"));
        let wanted = fs::read(target.join(lock)).map_err(failed)?;
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(target);
        }
        println!("installing {} …", self.name);
        if self.language == Language::Python {
            make_environment(&target)?;
        }
        // Else a registry that doesn't answer would be waited for once for each package.
        attempt(&mut self.question(&target), PAUSE)?;
        attempt(&mut self.installer(&target), PAUSE)?;
        fs::write(&stamp, wanted).map_err(failed)?;
        Ok(target)
    }

    /// What runs one of its programs.
    pub(super) fn program(&self, installed: &Path, name: &str) -> Command {
        let (program, file) = match self.language {
            Language::JavaScript => (PathBuf::from("node"), format!("{name}.mjs")),
            Language::Python => (installed.join("venv/bin/python"), format!("{name}.py")),
        };
        let mut command = Command::new(program);
        command.arg(file).current_dir(installed);
        command
    }

    const fn needs(&self) -> &'static [&'static str] {
        match self.language {
            Language::JavaScript => &["node", "npm"],
            Language::Python => &["python3"],
        }
    }

    const fn lockfile(&self) -> &'static str {
        match self.language {
            Language::JavaScript => "package-lock.json",
            Language::Python => "requirements.txt",
        }
    }

    /// Asks the registry for something small, and not for long.
    fn question(&self, target: &Path) -> Command {
        let mut command = match self.language {
            Language::JavaScript => {
                let mut npm = Command::new("npm");
                npm.args(["view", "@solana/web3.js", "version", "--loglevel=error"]);
                npm.args(["--fetch-timeout=20000", "--fetch-retries=0"]);
                npm
            }
            Language::Python => {
                let mut pip = Command::new(target.join("venv/bin/python"));
                pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
                pip.args(["--timeout=20", "--retries=0", "--dest", "asked", "typing-extensions"]);
                pip
            }
        };
        command.current_dir(target);
        command
    }

    /// Nothing that a package brings is run while it is installed.
    fn installer(&self, target: &Path) -> Command {
        let mut command = match self.language {
            Language::JavaScript => {
                let mut npm = Command::new("npm");
                npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
                npm.args(["--fetch-timeout=60000", "--fetch-retries=2"]);
                npm
            }
            Language::Python => {
                let mut pip = Command::new(target.join("venv/bin/python"));
                pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
                pip.args([
                    "--timeout=60",
                    "--require-hashes",
                    "--only-binary",
                    ":all:",
                    "--requirement",
                    "requirements.txt",
                ]);
                pip
            }
        };
        command.current_dir(target);
        command
    }
}

fn node_is_new_enough() -> bool {
    let output = Command::new("node").arg("--version").output();
    let version =
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= OLDEST_NODE)
}

/// Debian has what this takes in a package of its own, `python3-venv`.
fn make_environment(target: &Path) -> Result<(), Failure> {
    let output = Command::new("python3").args(["-m", "venv", "venv"]).current_dir(target).output();
    if output.is_ok_and(|output| output.status.success()) {
        Ok(())
    } else {
        Err(Failure::NotRun("python3 can't make a virtual environment".to_owned()))
    }
}

/// Runs a command, which must succeed; again, where it couldn't reach a registry.
fn attempt(command: &mut Command, pause: Duration) -> Result<(), Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        let output = command
            .output()
            .map_err(|error| Failure::Failed(format!("cannot start {command:?}: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let unreachable = UNREACHABLE.iter().find(|what| said.contains(**what));
        match unreachable {
            Some(_) if tries < TRIES => thread::sleep(pause),
            Some(what) => {
                return Err(Failure::NotRun(format!(
                    "the registry can't be reached after {TRIES} tries ({what})"
                )));
            }
            None => {
                return Err(Failure::Failed(format!("{command:?} ended with {}:\n{said}", output.status)));
            }
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{process::Command, time::Duration};

    use super::{Failure, attempt};

    fn shell(script: &str) -> Result<(), Failure> {
        attempt(Command::new("sh").args(["-c", script]), Duration::ZERO)
    }

    #[test]
    fn a_registry_out_of_reach_is_tried_three_times_and_is_no_failure() {
        let counter = std::env::temp_dir().join(format!("leash-interop-tries-{}", std::process::id()));
        let script = format!("echo x >> {}; echo 'npm error code ENOTFOUND' >&2; exit 1", counter.display());
        let Err(Failure::NotRun(why)) = shell(&script) else { panic!("it was run, or failed") };
        let tries = std::fs::read_to_string(&counter).expect("the tries");
        std::fs::remove_file(&counter).expect("no tries left behind");
        assert_eq!((tries.lines().count(), why.contains("ENOTFOUND")), (3, true), "{why}");
    }

    #[test]
    fn anything_else_that_goes_wrong_is_a_failure() {
        let Err(Failure::Failed(why)) = shell("echo 'npm error code EINTEGRITY'; exit 1") else {
            panic!("it isn't a failure")
        };
        assert!(why.contains("EINTEGRITY"), "{why}");
        assert!(shell("exit 0").is_ok());
    }
}
