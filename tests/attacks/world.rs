//! A user with an agent, and the plugin that is out for the agent's key.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use leash_signer::Executive;
use leash_tests::{AGENT_1, Api, Home, Outcome, Reply, Run};
use libtest_mimic::Failed;
use serde_json::json;

use crate::syscall;

/// What lies in files that are none of a plugin's business.
pub(crate) const SECRET: &str = "TOP-SECRET";

/// How far a plugin is shut in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Free,
    Strict,
}

/// Plugins that end signers must not run beside those that need theirs.
static GATE: RwLock<()> = RwLock::new(());

pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    GATE.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub(crate) fn beside_others() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One user, one agent, one key.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) api: Api,
    /// The key as the agent's file has it.
    pub(crate) key: String,
    executive: String,
}

/// What the plugin asks for, and is granted.
pub(crate) const SIGN: &str = r#"
[sign]
max_signatures = 20
scopes = [
  { methods = ["GET"], path = "/v1/agents/{mint}/api-keys" },
  { methods = ["POST"], path = "/v1/x/*", query = false },
]
"#;

pub(crate) fn manifest(name: &str, rest: &str) -> String {
    format!(
        "schema = 1\nprotocol = [1]\nname = \"{name}\"\nversion = \"1.0.0\"\nsummary = \"Harmless\"\n{rest}"
    )
}

impl World {
    pub(crate) fn new() -> Self {
        let api = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
        let executive = Executive::generate().unwrap();
        let key = executive.export().expose().clone();
        let home = Home::new();
        let mut file = AGENT_1.file(&api.url);
        file["executive_keypair"] = json!(key);
        file["api_key"] = json!("lsh_test_4c33bnxtn9ca48s844");
        home.write_private(".config/leash/agent.json", &file.to_string());
        for (path, text) in [
            ("keys/passphrase", SECRET),
            (".profile", "# profile\n"),
            ("dotfiles/bashrc", "# bashrc\n"),
            (".ssh/authorized_keys", "# none\n"),
            ("mine/data", "old"),
            (".config/leash/config.toml", ""),
        ] {
            home.write_private(path, text);
        }
        symlink("dotfiles/bashrc", home.join(".bashrc")).unwrap();
        let _ = home.write_script("bin/tool", "#!/bin/sh\n");
        for dir in ["out", "tmp"] {
            fs::create_dir(home.join(dir)).unwrap();
        }
        Self { home, api, key, executive: executive.public().to_string() }
    }

    /// This program as the plugin `evil`, with a manifest.
    pub(crate) fn evil(&self, manifest_rest: &str) -> PathBuf {
        self.home.write_private("bin/leash-evil.toml", &manifest("evil", manifest_rest));
        self.home.copy_program(&me(), "bin/leash-evil")
    }

    /// The same, trusted at that level.
    pub(crate) fn trusted_evil(level: Level) -> Self {
        let world = Self::new();
        world.evil(SIGN);
        world.trust("evil", level);
        world
    }

    /// A plugin that does what its first argument says.
    pub(crate) fn trusted_script(level: Level) -> Self {
        let world = Self::new();
        world.home.write_private("bin/leash-evil.toml", &manifest("evil", SIGN));
        let _ = world.home.write_script("bin/leash-evil", "#!/bin/sh\necho ran >&2\neval \"$1\"\n");
        let _ = world.home.copy_program(&me(), "mine/leash-evil-tool");
        world.trust("evil", level);
        // From now on leash has no reason to write, but into the audit log.
        if level == Level::Free || crate::table::no_strict().is_none() {
            let _ = world.leash(&["evil", "true"]).ok();
        }
        world
    }

    pub(crate) fn trust(&self, name: &str, level: Level) {
        let strict: &[&str] = if level == Level::Strict { &["--sandbox", "strict"] } else { &[] };
        let _ = self.leash(&[&["plugin", "trust", name, "--yes"], strict].concat()).ok();
    }

    /// leash, for the shell that this user has.
    pub(crate) fn leash(&self, words: &[&str]) -> Run {
        self.set_up(self.home.leash(words))
    }

    /// A line of that shell's.
    pub(crate) fn shell(&self, line: &str) -> Run {
        self.set_up(self.home.shell(line))
    }

    fn set_up(&self, run: Run) -> Run {
        let bin = self.home.join("bin");
        run.path(&[&bin, &leash_tests::programs()])
            .env("TMPDIR", self.home.join("tmp"))
            .env("LEASH_PASSPHRASE_FILE", self.home.join("keys/passphrase"))
    }

    /// Runs the plugin; what it got, if anything.
    pub(crate) fn attack(&self, words: &[&str]) -> Result<Option<String>, Failed> {
        let outcome = self.leash(&[&["evil"], words].concat()).outcome();
        self.got(&outcome)
    }

    pub(crate) fn got(&self, outcome: &Outcome) -> Result<Option<String>, Failed> {
        if outcome.stdout.contains("BROKEN:")
            || ![0, 1].contains(&outcome.status)
            || outcome.stdout.is_empty()
        {
            return Err(format!("the attack could not be tried: {outcome:?}").into());
        }
        if self.knows(outcome.stdout.as_bytes()) || self.knows(outcome.stderr.as_bytes()) {
            return Ok(Some("the key, on the screen".to_owned()));
        }
        let line = outcome.stdout.lines().find_map(|line| line.strip_prefix("GOT: "));
        Ok(line.map(str::to_owned).or_else(|| self.found()))
    }

    /// Whether the key is in what the plugin has put into `out`.
    pub(crate) fn found(&self) -> Option<String> {
        let files = fs::read_dir(self.home.join("out")).unwrap().flatten();
        let mut files = files.filter(|file| self.knows(&fs::read(file.path()).unwrap()));
        files.next().map(|file| format!("the key, in {}", file.file_name().display()))
    }

    /// Whether these bytes hold the key, in any form in which a program may have it.
    pub(crate) fn knows(&self, bytes: &[u8]) -> bool {
        let raw = bs58::decode(&self.key).into_vec().unwrap();
        let seed = &raw[..32];
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        [self.key.as_bytes(), seed, hex.as_bytes()].iter().any(|form| syscall::holds(bytes, form))
    }

    pub(crate) fn out(&self) -> String {
        self.home.join("out").display().to_string()
    }

    /// The public half of its key.
    pub(crate) fn executive(&self) -> String {
        self.executive.clone()
    }

    /// How often the audit log has each decision.
    pub(crate) fn decisions(&self, decision: &str) -> usize {
        let log = self.home.join(format!(".local/share/leash/audit/{}.log", self.executive));
        let text = fs::read_to_string(log).unwrap_or_default();
        text.lines().filter(|line| line.contains(&format!("\"decision\":\"{decision}\""))).count()
    }

    /// What no plugin may change, by path and content.
    pub(crate) fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut kept = Vec::new();
        let names = [
            ".config",
            ".local/share/leash/trust",
            ".bashrc",
            ".profile",
            ".zshenv",
            ".ssh",
            "dotfiles",
            "bin",
            "keys",
        ];
        names.iter().for_each(|name| collect(&self.home.join(name), &mut kept));
        kept
    }
}

fn collect(path: &Path, kept: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let content = if metadata.is_symlink() {
        fs::read_link(path).unwrap().into_os_string().into_encoded_bytes()
    } else if metadata.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(path).unwrap().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| collect(entry, kept));
        Vec::new()
    } else {
        fs::read(path).unwrap()
    };
    kept.push((path.to_owned(), content));
}

/// This program.
pub(crate) fn me() -> PathBuf {
    env::current_exe().unwrap()
}
