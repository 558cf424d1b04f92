//! A user's home, and leash run in it.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Agent, Outcome, printed::named_agent};

/// Where the programs are that the tests drive.
#[must_use]
pub fn programs() -> PathBuf {
    let dir = env::var_os("LEASH_BIN_DIR").map_or_else(
        || env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_path_buf(),
        PathBuf::from,
    );
    assert!(dir.join("leash").exists(), "no leash in {}: run `cargo xtask test`", dir.display());
    dir
}

/// A home directory that goes when this goes.
#[derive(Debug)]
pub struct Home {
    dir: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty home.
    #[must_use]
    pub fn new() -> Self {
        Self { dir: TempDir::with_prefix("leash-test-").unwrap() }
    }

    /// A home whose default agent is `agent`, with the API at `api_url`.
    #[must_use]
    pub fn with_agent(agent: &Agent, api_url: &str) -> Self {
        let home = Self::new();
        home.write_private(".config/leash/agent.json", &agent.file(api_url).to_string());
        home
    }

    /// A home of its own with the same in it.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        let from = self.path().join(".");
        let copied = Command::new("/bin/cp").arg("-a").arg(from).arg(copy.path()).status().unwrap();
        assert!(copied.success());
        copy
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A path in it.
    #[must_use]
    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file, mode 0600, in directories of mode 0700.
    pub fn write_private(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, text, 0o600)
    }

    /// Writes an executable.
    pub fn write_script(&self, path: &str, text: &str) -> PathBuf {
        self.write(path, text, 0o755)
    }

    /// Writes any bytes with any mode, in directories of mode 0700.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.join(path);
        let mut dir = path.parent().unwrap().to_path_buf();
        fs::create_dir_all(&dir).unwrap();
        while dir != self.path() {
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();
            dir.pop();
        }
        if mode & 0o111 == 0 {
            fs::write(&path, bytes).unwrap();
        } else {
            write_program(&path, bytes.as_ref());
        }
        self.chmod(&path, mode);
        path
    }

    /// A copy of a program, in a directory of its own.
    pub fn copy_program(&self, program: &Path, to: &str) -> PathBuf {
        self.write(to, fs::read(program).unwrap(), 0o755)
    }

    /// A copy of leash with its built-in commands and nothing else that comes with it, in a directory of its own.
    pub fn copy_leash(&self, dir: &str) -> PathBuf {
        let _ = self.copy_program(&programs().join("leash-builtin"), &format!("{dir}/leash-builtin"));
        self.copy_program(&programs().join("leash"), &format!("{dir}/leash"))
    }

    /// Changes a mode.
    pub fn chmod(&self, path: impl AsRef<Path>, mode: u32) {
        fs::set_permissions(self.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The mode of a file.
    #[must_use]
    pub fn mode(&self, path: impl AsRef<Path>) -> u32 {
        fs::metadata(self.join(path)).unwrap().permissions().mode() & 0o7777
    }

    /// Reads a file.
    #[must_use]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.join(path)).unwrap()
    }

    /// Reads a JSON file.
    #[must_use]
    pub fn read_json(&self, path: &str) -> Value {
        serde_json::from_slice(&fs::read(self.join(path)).unwrap()).unwrap()
    }

    /// leash with arguments, in this home and a clean environment.
    #[must_use]
    pub fn leash<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.run(programs().join("leash"), arguments)
    }

    /// A line for the shell, likewise.
    #[must_use]
    pub fn shell(&self, line: &str) -> Run {
        self.run("/bin/sh", ["-c", line])
    }

    /// Any program, likewise.
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Run {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", path_of(&[&programs()]))
            .env("LANG", "C.UTF-8")
            .current_dir(self.path());
        Run { command, input: Vec::new() }
    }
}

/// Another process writes it: the descriptor would else be open, for a moment, in whatever another thread of the
/// test starts, and a file that is open for writing can't be executed.
fn write_program(path: &Path, bytes: &[u8]) {
    let mut cp = Command::new("/bin/cp").arg("/dev/stdin").arg(path).stdin(Stdio::piped()).spawn().unwrap();
    cp.stdin.take().unwrap().write_all(bytes).unwrap();
    assert!(cp.wait().unwrap().success());
}

/// A PATH with these in front.
#[must_use]
pub fn path_of(front: &[&Path]) -> OsString {
    let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
    env::join_paths(front.iter().map(|dir| dir.to_path_buf()).chain(system)).unwrap()
}

/// A program that is about to be run.
#[derive(Debug)]
pub struct Run {
    /// What is run, for what the methods here don't offer.
    pub command: Command,
    input: Vec<u8>,
}

impl Run {
    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Unsets a variable.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Puts directories in front of PATH.
    #[must_use]
    pub fn path(mut self, front: &[&Path]) -> Self {
        self.command.env("PATH", path_of(front));
        self
    }

    /// Gives it something to read.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// The same program once more, with these options in front of its arguments.
    #[must_use]
    pub fn again(&self, options: &[&str]) -> Self {
        let mut command = Command::new(self.command.get_program());
        command.args(options).args(self.command.get_args()).env_clear();
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        if let Some(dir) = self.command.get_current_dir() {
            command.current_dir(dir);
        }
        Self { command, input: self.input.clone() }
    }

    /// Sends stdout elsewhere.
    #[must_use]
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    /// Runs it to its end. Where the stdout was sent elsewhere, the outcome's is empty.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        self.outcome_with_stdout(true)
    }

    /// As [`Run::outcome`], for a command whose stdout is set already.
    #[must_use]
    pub fn outcome_elsewhere(self) -> Outcome {
        self.outcome_with_stdout(false)
    }

    fn outcome_with_stdout(mut self, capture: bool) -> Outcome {
        self.command.stdin(Stdio::piped()).stderr(Stdio::piped());
        if capture {
            self.command.stdout(Stdio::piped());
        }
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that doesn't read is no fault of this test's.
        let _ = stdin.write_all(&self.input);
        drop(stdin);
        let shown = format!("{:?}", self.command);
        let outcome = Outcome::new(shown, child.wait_with_output().unwrap());
        if let Some(agent) = named_agent(&self.command) {
            outcome.assert_repeats(&agent);
        }
        outcome
    }

    /// Runs it; it must succeed.
    #[must_use]
    pub fn ok(self) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(outcome.status, 0, "{outcome:?}");
        outcome
    }

    /// Runs it; it must fail with this status, in the way that every failure has.
    #[must_use]
    pub fn fails(self, status: i32) -> Outcome {
        let outcome = self.outcome();
        outcome.assert_failure(status);
        outcome
    }
}
