//! A user's home with a plugin in it, and this test program in the part of that plugin.

use std::{
    ffi::OsStr,
    fs,
    io::ErrorKind,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

use leash_files::Paths;
use leash_protocol::context::Source;
use leash_trust::{
    AgentBinding, Change, Found, Grant, Program, Ready, Store, Terms, Verdict, judge, load_manifest, propose,
};
use tempfile::TempDir;

pub(crate) const MINT: &str = "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj";
pub(crate) const NETWORK: &str = "solana-devnet";

pub(crate) const MANIFEST: &str = r#"schema = 1
protocol = [1]
name = "foo"
version = "1.2.0"
summary = "Counts keys"
[sign]
max_signatures = 7
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys", reason = "count them" }]
"#;

/// What the plugin of [`plugin_program`] says; its other half is in the tests that change its bytes.
static SAYS: &str = "plugin says: marker-0001";

/// Not a test of its own: it is what a copy of this program does when it runs as a plugin.
#[test]
#[ignore = "runs as a plugin"]
fn speaks() {
    eprintln!("{}", std::hint::black_box(SAYS));
}

pub(crate) struct Home {
    pub(crate) root: TempDir,
    clock: fn() -> SystemTime,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { root: tempfile::tempdir().expect("a directory"), clock: SystemTime::now };
        mode(home.root.path(), 0o700);
        home.dir("bin");
        home
    }

    /// The same home, judged by another clock.
    pub(crate) fn with_clock(self, clock: fn() -> SystemTime) -> Self {
        Self { clock, ..self }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn dir(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a directory");
        mode(&path, 0o755);
        path
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>, bits: u32) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a file");
        mode(&path, bits);
        path
    }

    pub(crate) fn paths(&self) -> Paths {
        let base = |name| self.path(name).join("leash");
        Paths {
            config: base("config"),
            data: base("data"),
            cache: base("cache"),
            original_config: base("config"),
        }
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.paths()).with_clock(self.clock)
    }

    /// A plugin on PATH.
    pub(crate) fn plugin(&self, program: impl AsRef<[u8]>) -> Found {
        self.file("bin/leash-foo", program, 0o755);
        self.file("bin/leash-foo.toml", MANIFEST, 0o644);
        self.found()
    }

    /// What the resolver would find now.
    pub(crate) fn found(&self) -> Found {
        let manifest = load_manifest(&self.path("bin/leash-foo.toml"), "foo").expect("a manifest");
        Found {
            name: "foo".to_owned(),
            path: self.path("bin/leash-foo"),
            source: Source::Path,
            manifest: Some(manifest),
            dir: None,
        }
    }

    /// What the user agrees to, kept.
    pub(crate) fn trust(&self, found: &Found) -> Grant {
        let path = std::env::var_os("PATH").expect("a PATH");
        let grant = propose(found, &terms(&path)).expect("a grant");
        self.store().put(&grant).expect("the store");
        grant
    }

    pub(crate) fn judge(&self, found: &Found) -> Verdict {
        judge(&self.store(), found, MINT, NETWORK).expect("a verdict")
    }

    pub(crate) fn ready(&self, found: &Found) -> Ready {
        match self.judge(found) {
            Verdict::Granted(ready) => *ready,
            other => panic!("not granted: {other:?}"),
        }
    }

    pub(crate) fn changes(&self, found: &Found) -> Vec<Change> {
        match self.judge(found) {
            Verdict::Changed(changes) => changes,
            other => panic!("not changed: {other:?}"),
        }
    }

    /// What has changed, by name.
    pub(crate) fn changed(&self, found: &Found) -> Vec<&'static str> {
        self.changes(found).iter().map(|change| change.what).collect()
    }
}

pub(crate) fn terms(path: &OsStr) -> Terms<'_> {
    let agent = AgentBinding::One { mint: MINT.to_owned(), network: NETWORK.to_owned() };
    Terms::new(agent, path)
}

pub(crate) fn mode(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("a mode");
}

pub(crate) fn this_program() -> PathBuf {
    std::env::current_exe().expect("this program")
}

/// A program that says [`SAYS`].
pub(crate) fn plugin_program() -> Vec<u8> {
    fs::read(this_program()).expect("this program")
}

/// The same in as many bytes, but it says something else.
pub(crate) fn other_program() -> Vec<u8> {
    let mut bytes = plugin_program();
    let from = [&b"marker-"[..], b"0001"].concat();
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = bytes[at..].windows(from.len()).position(|window| window == from) {
        at += next + from.len();
        bytes[at - 4..at].copy_from_slice(b"0002");
        found += 1;
    }
    assert!(found > 0, "the program has its marker");
    bytes
}

/// The command that runs a program. (A child is spawned without asking a shell.)
pub(crate) fn command(program: &Program) -> Command {
    let mut arguments = program.arguments().into_iter();
    let mut command = Command::new(program.file());
    command.arg0(arguments.next().expect("argv[0]")).args(arguments);
    command
}

/// What a plugin made by [`plugin_program`] says.
pub(crate) fn says(program: &Program) -> String {
    let mut command = command(program);
    let output = run(command.args(["--exact", "fixture::speaks", "--ignored", "--nocapture"]));
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    let line = text.lines().find_map(|line| line.strip_prefix("plugin says: "));
    line.unwrap_or_else(|| panic!("it says nothing: {text}")).to_owned()
}

/// Runs a command. Another test's child may hold its file open for writing for a moment.
pub(crate) fn run(command: &mut Command) -> Output {
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            result => return result.expect("it runs"),
        }
    }
}

/// This program again, to run one of its ignored tests in another process.
pub(crate) fn child(test: &str) -> Command {
    let mut command = Command::new(this_program());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}
