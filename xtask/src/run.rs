//! Running cargo and other programs, in the project's folder.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// cargo, as it was started.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// cargo, for tests: what a shell's background job or `nohup` ignores would be ignored by all that a test starts, and no
/// test of signals could pass.
pub(crate) fn cargo_for_tests() -> Command {
    let signals = "--default-signal=HUP,INT,QUIT,PIPE,TERM";
    let tried = Command::new("env").args([signals, "true"]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return cargo();
    }
    let mut command = Command::new("env");
    command.arg(signals).arg(cargo().get_program()).current_dir(root());
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Builds every program in the profile that demo and tests share, and says where they are.
pub(crate) fn build() -> Result<PathBuf, String> {
    check(cargo().args(["build", "--workspace"]))?;
    Ok(target_dir().join("debug"))
}

/// Whether a program of this name is in PATH.
pub(crate) fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|dir| dir.join(name).is_file())
}

/// Runs a command, which must succeed.
pub(crate) fn check(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}")) }
}
