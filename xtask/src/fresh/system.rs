//! The bare system: how it is made, entered and removed.

use std::{
    env, fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::User;
use crate::run;

/// What the README asks for beside Rust.
const PACKAGES: &str = "gcc,libc6-dev";

const ENTER: &str = include_str!("enter.sh");

/// Variables that the commands get from here: how cargo behaves, and what a runner says about itself.
const KEPT: [&str; 4] = ["CI", "TERM", "RUST_BACKTRACE", "CARGO_BUILD_JOBS"];

/// A system in a directory of its own, which goes when this ends, however it ends.
pub(super) struct System {
    root: PathBuf,
    toolchain: PathBuf,
    remover: Child,
}

impl System {
    /// Makes one, unless this machine lacks what that takes.
    pub(super) fn make() -> Result<Self, String> {
        may_mount()?;
        let bootstrap = bootstrap()?;
        let toolchain = said(Command::new("rustc").args(["--print", "sysroot"]).current_dir(run::root()))?;
        // Inside there is no network, so every crate has to be here.
        run::check(run::cargo().args(["fetch", "--locked"]))?;
        let parent = run::target_dir().join("fresh");
        fs::create_dir_all(&parent)
            .map_err(|error| format!("cannot create {}: {error}", parent.display()))?;
        let root = parent.join(std::process::id().to_string());
        let remover = remover(&root)?;
        let system = Self { root, toolchain: PathBuf::from(toolchain), remover };
        system.install(bootstrap)?;
        Ok(system)
    }

    fn install(&self, bootstrap: &str) -> Result<(), String> {
        println!("== {bootstrap}: a bare Debian with {PACKAGES}");
        let mut command = in_namespaces();
        command.args([bootstrap, "--variant=minbase", &format!("--include={PACKAGES}"), &suite()]);
        run::check(command.arg(&self.root).stdout(Stdio::null()).stderr(Stdio::null()))?;
        self.append("etc/passwd", "user:x:1000:1000::/home/user:/bin/sh\n")?;
        self.append("etc/group", "user:x:1000:\n")?;
        // Debian's installer writes it, and a bootstrap doesn't.
        self.append("etc/hosts", "127.0.0.1 localhost\n")
    }

    fn append(&self, path: &str, text: &str) -> Result<(), String> {
        let path = self.root.join(path);
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, old + text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Gives a user the files of HEAD, and a cargo home with this machine's configuration and crates.
    pub(super) fn move_in(&self, user: User) -> Result<(), String> {
        let home = self.root.join(user.home.trim_start_matches('/'));
        let script = "set -eu; mkdir -p \"$1/leash\" \"$1/.cargo/registry\"; git archive HEAD | tar -x -C \"$1/leash\"; \
            cp -R \"$2/registry/cache\" \"$2/registry/index\" \"$1/.cargo/registry\"; \
            for name in config config.toml; do [ ! -f \"$2/$name\" ] || cp \"$2/$name\" \"$1/.cargo\"; done";
        let mut sh = Command::new("sh");
        sh.args(["-c", script, "sh"]).arg(&home).arg(cargo_home()).current_dir(run::root());
        run::check(&mut sh)?;
        give(&home, user.number).map_err(|error| format!("cannot change {}: {error}", home.display()))
    }

    /// A command inside, in the user's copy of the project.
    pub(super) fn command(&self, user: User, words: &[&str]) -> Command {
        let mut command = in_namespaces();
        command.args(["sh", "-c", ENTER, "sh"]).arg(&self.root).arg(&self.toolchain);
        command.arg(user.number.to_string()).arg(user.home).args(words).env_clear();
        for name in KEPT {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("PATH", "/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", user.home)
            .env("USER", user.name)
            .env("LANG", "C.UTF-8")
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null());
        command
    }

    /// Removes it, which an interrupt does as well.
    pub(super) fn remove(mut self) -> Result<(), String> {
        drop(self.remover.stdin.take());
        self.remover.wait().map_err(|error| error.to_string())?;
        if self.root.exists() { Err(format!("{} is left behind", self.root.display())) } else { Ok(()) }
    }
}

/// Waits for this process to end, and removes the directory then. The processes inside end with this one, but may still
/// be writing while it begins.
fn remover(root: &Path) -> Result<Child, String> {
    let script = "trap '' INT TERM HUP; read -r _; for _ in 1 2 3 4 5; do rm -rf --one-file-system \"$1\" 2>/dev/null && exit; \
        sleep 1; done; rm -rf --one-file-system \"$1\"";
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(root)
        .stdin(Stdio::piped())
        // Whoever interrupts all that runs in this terminal interrupts all but this.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start sh: {error}"))
}

/// What runs in mount and process namespaces of its own, and ends when this process ends.
fn in_namespaces() -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
    ]);
    command.arg("--kill-child");
    command
}

fn may_mount() -> Result<(), String> {
    let tried = in_namespaces().args(["mount", "-t", "tmpfs", "none", "/mnt"]).stderr(Stdio::null()).status();
    if tried.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err("this user may not mount here, so there is no bare system to be had; run it as root, on Linux"
        .to_owned())
}

/// The program that makes a Debian from nothing.
fn bootstrap() -> Result<&'static str, String> {
    let there = |name: &&str| run::has_program(name);
    ["mmdebstrap", "debootstrap"].into_iter().find(there).ok_or_else(|| {
        "neither mmdebstrap nor debootstrap is installed; run `apt-get install mmdebstrap`".to_owned()
    })
}

/// This machine's release, where it is Debian.
fn suite() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |name: &str| release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    match (value("ID"), value("VERSION_CODENAME")) {
        (Some("debian"), Some(name)) => name.to_owned(),
        _ => "stable".to_owned(),
    }
}

fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(format!("{command:?} ended with {}", output.status))
    }
}

/// Makes a directory and all that is in it a user's own.
fn give(path: &Path, user: u32) -> std::io::Result<()> {
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }
    std::os::unix::fs::lchown(path, Some(user), Some(user))
}
