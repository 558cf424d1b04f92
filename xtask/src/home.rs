//! A temporary home in which chores run leash and its sandbox.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

/// A home that goes, and whose sandbox goes down, when this process ends, however it ends.
pub(crate) struct TemporaryHome {
    path: PathBuf,
    programs: String,
    watchdog: Child,
}

impl TemporaryHome {
    /// Makes one; leash is run from the directory of programs.
    pub(crate) fn new(purpose: &str, programs: &Path) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
        let name = format!("leash-{purpose}-{}-{}", std::process::id(), now.as_nanos());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).map_err(|error| format!("cannot create {}: {error}", path.display()))?;
        let programs = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
        // It tidies up when its stdin ends, which is when this process ends.
        let watchdog = Command::new("sh")
            .args(["-c", "trap '' INT TERM HUP; read -r _; leash --quiet sandbox down >/dev/null 2>&1; rm -rf \"$HOME\""])
            .env_clear()
            .env("PATH", &programs)
            .env("HOME", &path)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start sh: {error}"))?;
        Ok(Self { path, programs, watchdog })
    }

    /// The home's directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A program that runs in this home and knows no variables but HOME and PATH.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", &self.programs).env("HOME", &self.path).current_dir(&self.path);
        command
    }

    /// Takes the sandbox down and removes the home.
    pub(crate) fn remove(mut self) -> Result<(), String> {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().map_err(|error| error.to_string())?;
        if self.path.exists() { Err(format!("{} is left behind", self.path.display())) } else { Ok(()) }
    }
}
