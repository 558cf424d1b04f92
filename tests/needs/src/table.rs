//! What some tests need and a bare machine lacks: packages, users, abilities of the kernel.
//!
//! Both `#[needs]` and `cargo xtask test` are built with this file.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

/// The variable with one line for each need that isn't met: its name, a tab, and the reason.
pub(crate) const MISSING: &str = "LEASH_TEST_MISSING";

/// Something that a test may need.
pub(crate) struct Need {
    pub(crate) name: &'static str,
    /// The Debian package that brings it, if one does.
    pub(crate) package: Option<&'static str>,
    is_met: fn(&Need) -> bool,
    /// What the test runner prints after "needs".
    text: &'static str,
}

const fn package(name: &'static str, package: &'static str) -> Need {
    Need { name, package: Some(package), is_met: is_installed, text: name }
}

const fn ability(name: &'static str, text: &'static str, is_met: fn(&Need) -> bool) -> Need {
    Need { name, package: None, is_met, text }
}

pub(crate) const NEEDS: [Need; 17] = [
    package("python3", "python3"),
    package("c++", "g++"),
    package("git", "git"),
    package("node", "nodejs"),
    package("strace", "strace"),
    package("dbus-daemon", "dbus-daemon"),
    package("dbus-send", "dbus-bin"),
    package("kubectl", "kubernetes-client"),
    ability("root", "root", |_| is_root()),
    ability("ordinary user", "a user other than root", |_| !is_root()),
    ability("mounts", "a user who may mount in a namespace", |_| may_mount()),
    ability(
        "memfd_noexec",
        "a kernel with vm.memfd_noexec, and a user who may set it in a namespace",
        |_| has_memfd_switch(),
    ),
    ability("closed terminals", "a kernel with dev.tty.legacy_tiocsti off", |_| has_closed_terminals()),
    ability("open terminals", "a kernel with dev.tty.legacy_tiocsti on", |_| !has_closed_terminals()),
    // Only `leash-test-probe` knows of these.
    ability("kernel keyring", "a kernel that keeps keys", |_| true),
    ability("shutting in", "a kernel that confines strictly, and a user other than root", |_| !is_root()),
    ability("remembered file system", "temporary files on ext4, XFS, Btrfs or F2FS", |_| true),
];

impl Need {
    pub(crate) fn is_met(&self) -> bool {
        (self.is_met)(self)
    }

    /// Why a test is ignored without it.
    pub(crate) fn reason(&self) -> String {
        match self.package {
            Some(package) => format!("needs {} (Debian package: {package})", self.text),
            None => format!("needs {}", self.text),
        }
    }
}

/// Tests look for programs where packages put them; what a user has installed elsewhere doesn't count.
fn is_installed(need: &Need) -> bool {
    let metadata = Path::new("/usr/bin").join(need.name).metadata();
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective =
        status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1)?.parse().ok());
    effective.unwrap_or(1_u32) == 0
}

fn may_mount() -> bool {
    let place = env::temp_dir();
    in_namespaces("--mount", &format!("mount -t tmpfs -o noexec none '{}'", place.display()))
}

fn has_memfd_switch() -> bool {
    in_namespaces("--fork --pid --mount-proc", "echo 2 > /proc/sys/vm/memfd_noexec")
}

fn has_closed_terminals() -> bool {
    fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").is_ok_and(|text| text.trim() == "0")
}

/// Whether a shell's command succeeds in new namespaces, in which this user is root.
fn in_namespaces(options: &str, command: &str) -> bool {
    let mut unshare = Command::new("unshare");
    if !is_root() {
        unshare.arg("--map-root-user");
    }
    unshare.args(options.split(' ')).args(["sh", "-c", command]).stderr(Stdio::null());
    unshare.status().is_ok_and(|status| status.success())
}
