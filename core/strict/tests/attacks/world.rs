//! A home with an agent in it, and how a program is run there.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use libtest_mimic::{Completion, Failed, Trial};
use tempfile::TempDir;

/// What no attack may see.
pub(crate) const SECRET: &str = "TOP-SECRET";

/// Whether a program runs confined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Free,
    Strict,
}

/// A home of its own for each run.
pub(crate) struct World {
    directory: TempDir,
    home: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("leash-strict-").tempdir().unwrap();
        let home = directory.path().join("home");
        Self::with_home(directory, home)
    }

    pub(crate) fn with_home(directory: TempDir, home: PathBuf) -> Self {
        let world = Self { directory, home };
        let file = |path: &str, text: &str| {
            let path = world.home(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file(".config/leash/agent.json", SECRET);
        file(".config/leash/agents/other.json", SECRET);
        file(".config/leash/config.toml", SECRET);
        file(".config/fish/config.fish", "");
        file(".config/systemd/user/mine.service", "");
        file(".config/other/settings", "old");
        file(".local/share/leash/trust/foo.json", SECRET);
        file(".local/share/leash/audit/log", SECRET);
        file(".local/share/leash/plugins/bar/leash-bar", SECRET);
        file(".local/share/leash/plugins/own/leash-own", "#!/bin/sh\necho own\n");
        file(".local/share/leash/plugin-data/own/state", "old");
        file(".local/share/other/file", "old");
        file(".cache/other/file", "old");
        file(".local/bin/tool", "#!/bin/sh\necho tool\n");
        file("progs/real/linked-tool", "");
        file(".profile", "# profile\n");
        file("dotfiles/bashrc", "# bashrc\n");
        file(".ssh/authorized_keys", "# none\n");
        file("notes.txt", "old");
        file("mine/data", "old");
        file("keys/passphrase", SECRET);
        fs::create_dir(world.home("bins")).unwrap();
        symlink("dotfiles/bashrc", world.home(".bashrc")).unwrap();
        symlink("../progs/real", world.home("bins/link")).unwrap();
        for program in [".local/bin/tool", ".local/share/leash/plugins/own/leash-own"] {
            fs::set_permissions(world.home(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir(world.path("tmp")).unwrap();
        fs::create_dir(world.home(".config").join(OsStr::from_bytes(b"not\xffutf8"))).unwrap();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// A program that will run in this home.
    pub(crate) fn command(&self, level: Level, words: &[&str]) -> Command {
        let mut command = Command::new(me());
        command.arg("confined").args(words).current_dir(self.home("mine")).env_clear();
        command.stdin(Stdio::null());
        let path = format!(
            "{}:{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            self.home(".local/bin").display(),
            self.home("bins/link").display()
        );
        command.envs([("PATH", path), ("LANG", "C.UTF-8".to_owned())]);
        command.env("HOME", &self.home).env("TMPDIR", self.path("tmp")).env("ME", me());
        command.env("LEASH_PASSPHRASE_FILE", self.home("keys/passphrase"));
        if level == Level::Free {
            command.env("STRICT_OFF", "1");
        }
        command
    }

    pub(crate) fn run(&self, level: Level, words: &[&str]) -> Output {
        self.command(level, words).output().unwrap()
    }

    pub(crate) fn sh(&self, level: Level, script: &str) -> Output {
        self.run(level, &["/bin/sh", "-c", script])
    }

    /// All that an attack must leave as it is, by path and content.
    pub(crate) fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut kept = Vec::new();
        for name in [
            ".config", ".local", ".cache", ".bashrc", ".profile", ".zshenv", ".ssh", "dotfiles", "bins",
            "progs", "keys", "bin",
        ] {
            collect(&self.home(name), &mut kept);
        }
        kept
    }
}

fn collect(path: &Path, kept: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let content = if metadata.is_symlink() {
        fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
    } else if metadata.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| collect(entry, kept));
        Vec::new()
    } else {
        fs::read(path).unwrap()
    };
    kept.push((path.to_owned(), content));
}

/// The path of this program, which is also the one that is confined and the one that attacks.
pub(crate) fn me() -> PathBuf {
    env::current_exe().unwrap()
}

pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}\nstdout: {}\nstderr: {}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// An attack as a shell script that ends with 0 where it succeeded. It must succeed without strict, fail under it,
/// show no secret and leave everything as it was.
pub(crate) fn attack(name: &'static str, script: &'static str) -> Trial {
    trial(format!("stopped: {name}"), move || {
        let free = World::new().sh(Level::Free, script);
        ensure(free.status.success(), || format!("it doesn't even succeed without strict: {}", text(&free)))?;
        let world = World::new();
        let before = world.kept();
        let strict = world.sh(Level::Strict, script);
        ensure(!strict.status.success(), || format!("it succeeded: {}", text(&strict)))?;
        ensure(strict.status.code() != Some(125), || format!("it never ran: {}", text(&strict)))?;
        ensure(!text(&strict).contains(SECRET), || "it showed a secret".to_owned())?;
        ensure(world.kept() == before, || "it changed something".to_owned())
    })
}

/// What goes on working: a shell script that ends with 0.
pub(crate) fn works(name: &'static str, script: &'static str) -> Trial {
    trial(format!("works: {name}"), move || {
        let output = World::new().sh(Level::Strict, script);
        ensure(output.status.success(), || text(&output))
    })
}

pub(crate) fn trial(
    name: impl Into<String>,
    run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::test(name, run)
}

/// A test that can't run here, and why.
pub(crate) fn ignored(name: String, reason: String) -> Trial {
    Trial::ignorable_test(name, move || Ok(Completion::ignored_with(&reason)))
}

pub(crate) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}

/// A process of the same user that has nothing to do with the attacker, and ends with the test.
pub(crate) struct Bystander(pub(crate) Child);

impl Bystander {
    /// One that works in a directory, has a file open as its descriptor 2, and gives back every line that it is given.
    pub(crate) fn new(directory: &Path, file: &Path) -> Self {
        let mut command = Command::new("cat");
        command.env("BYSTANDERS", SECRET).current_dir(directory).stderr(File::open(file).unwrap());
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// Whether it lives, and no signal is under way to end it: it has to do something first.
    pub(crate) fn lives(&mut self) -> bool {
        let mut answer = [0];
        let (stdin, stdout) = (self.0.stdin.as_mut().unwrap(), self.0.stdout.as_mut().unwrap());
        stdin.write_all(b"x").is_ok() && stdout.read_exact(&mut answer).is_ok()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
