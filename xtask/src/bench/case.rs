//! What is measured.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use super::home::Home;

pub(crate) const FLOOR: &str = "the plugin alone";
pub(crate) const LEASH_FOO: &str = "leash foo";
pub(crate) const GIT_FOO: &str = "git foo";
pub(crate) const PLAIN: &str = "leash plain (`sign` without a grant)";
pub(crate) const SIGNED: &str = "leash sign (a grant, a signature)";
pub(crate) const LEASH_LIST: &str = "leash --list (100 plugins)";
pub(crate) const GIT_LIST: &str = "git help -a (100 plugins)";

/// One command line.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    program: PathBuf,
    words: Vec<&'static str>,
    home: PathBuf,
    path: std::ffi::OsString,
    /// Whether it starts a process that lets nobody look into it.
    pub(crate) is_shut: bool,
}

impl Case {
    pub(crate) fn command(&self) -> Command {
        self.around(Command::new(&self.program), &[])
    }

    /// The same in the surroundings that it is measured in, started by another program.
    pub(crate) fn around(&self, mut command: Command, front: &[&str]) -> Command {
        command.args(front);
        if !front.is_empty() {
            command.arg(&self.program);
        }
        command
            .args(&self.words)
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", &self.path)
            .env("LANG", "C.UTF-8")
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// It must work, or there is nothing to measure.
    pub(crate) fn try_once(&self) -> Result<(), String> {
        let output = self.command().stderr(Stdio::piped()).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", self.name))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{}: {}\n{}", self.name, output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

/// Everything that is measured here; other hosts where they are installed.
pub(crate) fn all(home: &Home) -> Vec<Case> {
    let leash = || Some(home.leash.clone());
    let cargo = || env::var_os("CARGO").map(PathBuf::from).or_else(|| installed("cargo"));
    let git = || installed("git");
    let table: [(&'static str, Option<PathBuf>, &[&'static str]); 16] = [
        (FLOOR, Some(home.bin.join("leash-foo")), &[]),
        ("leash -v", leash(), &["-v"]),
        ("git --version", git(), &["--version"]),
        (LEASH_FOO, leash(), &["foo"]),
        (GIT_FOO, git(), &["foo"]),
        ("cargo foo", cargo(), &["foo"]),
        ("docker foo", installed("docker"), &["foo"]),
        ("kubectl foo", installed("kubectl"), &["foo"]),
        (PLAIN, leash(), &["plain"]),
        (SIGNED, leash(), &["sign"]),
        ("leash sign-static (one of 0.9 MB)", leash(), &["sign-static"]),
        ("leash card (a script, presigned)", leash(), &["card"]),
        (LEASH_LIST, leash(), &["--list"]),
        (GIT_LIST, git(), &["help", "-a"]),
        ("cargo --list (100 plugins)", cargo(), &["--list"]),
        ("kubectl plugin list (100 plugins)", installed("kubectl"), &["plugin", "list"]),
    ];
    let case = |name, program: PathBuf, words: &[&'static str]| Case {
        name,
        program,
        words: words.to_vec(),
        home: home.dir.clone(),
        path: home.path(name.contains("100 plugins")),
        is_shut: name.contains("a grant, a signature") || name.contains("sign-static"),
    };
    table.into_iter().filter_map(|(name, program, words)| Some(case(name, program?, words))).collect()
}

/// Where a program lies, if it does.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|program| program.is_file())
}
