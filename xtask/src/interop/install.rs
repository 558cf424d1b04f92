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

/// How often a registry is tried.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);
/// What npm and pip say where a registry can't be reached or doesn't answer.
const UNREACHABLE: [&str; 14] = [
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "network request",
    "npm error code E5",
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
        for program in self.needs() {
            if !run::has_program(program) {
                return Err(Failure::NotRun(format!("{program} is not installed")));
            }
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
        for mut command in self.commands(&target) {
            attempt(&mut command)?;
        }
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

    /// Nothing that a package brings is run while it is installed.
    fn commands(&self, target: &Path) -> Vec<Command> {
        let mut commands = match self.language {
            Language::JavaScript => {
                let mut npm = Command::new("npm");
                npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
                vec![npm]
            }
            Language::Python => {
                let mut make = Command::new("python3");
                make.args(["-m", "venv", "venv"]);
                let mut pip = Command::new(target.join("venv/bin/python"));
                pip.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--require-hashes",
                ]);
                pip.args(["--only-binary", ":all:", "--requirement", "requirements.txt"]);
                vec![make, pip]
            }
        };
        commands.iter_mut().for_each(|command| _ = command.current_dir(target));
        commands
    }
}

fn attempt(command: &mut Command) -> Result<(), Failure> {
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
            Some(_) if tries < TRIES => thread::sleep(PAUSE),
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
