//! A home with plugins that have manifests, an API that says yes, and what became of it all.

use std::{
    ffi::OsStr,
    fs,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use leash_files::Paths;
use leash_tests::{AGENT_1, Api, Home, Reply, Request, Run};
use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{Pid, PidfdFlags, pidfd_open},
};
use serde_json::{Value, json};

/// The keys of the agent, as a scope names them.
pub(crate) const KEYS: &str = "/v1/agents/{mint}/api-keys";
/// May read them.
pub(crate) const READ_KEYS: &str =
    "[sign]\nscopes = [{ methods = [\"GET\"], path = \"/v1/agents/{mint}/api-keys\" }]\n";
/// A plugin that is whatever leash is asked for inside it.
pub(crate) const AGAIN: &str = "#!/bin/sh\nexec \"$LEASH_BIN\" \"$@\"\n";

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) home: Home,
}

impl World {
    pub(crate) fn new() -> Self {
        let api = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
        Self::on(api)
    }

    pub(crate) fn on(api: Api) -> Self {
        let home = Home::with_agent(&AGENT_1, &api.url);
        fs::create_dir(home.join("out")).unwrap();
        Self { api, home }
    }

    /// The same plugin, without a grant and with one.
    pub(crate) fn both(name: &str, program: &str) -> [Self; 2] {
        let world = |granted: bool| {
            let world = Self::new();
            world.plugin(name, program, READ_KEYS);
            if granted {
                world.trust(name);
            }
            world
        };
        [world(false), world(true)]
    }

    /// A plugin on PATH, with a manifest that ends in `rest`.
    pub(crate) fn plugin(&self, name: &str, program: impl AsRef<[u8]>, rest: &str) -> PathBuf {
        let head = format!("schema = 1\nprotocol = [1]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        let rest = if rest.contains("[run]") { rest.to_owned() } else { format!("{rest}[run]\n") };
        let rest = rest.replace("[run]\n", "[run]\nenv = [\"OUT\"]\n");
        let _ = self.home.write_private(&format!("bin/leash-{name}.toml"), &(head + &rest));
        self.home.write(&format!("bin/leash-{name}"), program, 0o755)
    }

    pub(crate) fn trust(&self, name: &str) {
        let _ = self.leash(["plugin", "trust", name, "--yes"]).ok();
    }

    pub(crate) fn leash<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Run {
        self.prepare(self.home.leash(words))
    }

    pub(crate) fn shell(&self, line: &str) -> Run {
        self.prepare(self.home.shell(line))
    }

    /// With the plugins on its PATH, and the directory `out` in `OUT`.
    pub(crate) fn prepare(&self, run: Run) -> Run {
        run.path(&[&self.home.join("bin"), &leash_tests::programs()]).env("OUT", self.home.join("out"))
    }

    /// What the audit log says of each request, in turn.
    pub(crate) fn decisions(&self) -> Vec<String> {
        let _ = self.leash(["audit", "verify"]).ok();
        let shown = self.leash(["audit", "show", "--json"]).ok().json();
        let decision = |item: &Value| item["decision"].as_str().unwrap().to_owned();
        shown["items"].as_array().unwrap().iter().map(decision).collect()
    }

    /// What was asked of the API was signed by the agent, all of it.
    pub(crate) fn assert_all_signed(&self) {
        assert!(self.api.requests().iter().all(is_signed), "{:?}", self.api.requests());
    }

    /// The signers that run for a plugin of this home's, called with this word among its arguments.
    pub(crate) fn signers(word: &str) -> Vec<OwnedFd> {
        let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        processes.filter(|process| is_signer(process, word)).filter_map(|process| opened(&process)).collect()
    }

    /// Waits for the end of signers.
    pub(crate) fn assert_gone(signers: &[OwnedFd]) {
        for signer in signers {
            let mut watched = [PollFd::new(signer, PollFlags::IN)];
            let patience = rustix::event::Timespec { tv_sec: 60, tv_nsec: 0 };
            assert_eq!(poll(&mut watched, Some(&patience)), Ok(1), "a signer stays behind");
        }
    }
}

/// The directories of leash in a home.
pub(crate) fn paths_of(home: &Home) -> Paths {
    let config = home.join(".config/leash");
    Paths {
        data: home.join(".local/share/leash"),
        cache: home.join(".cache/leash"),
        original_config: config.clone(),
        config,
    }
}

/// A signer still has the arguments of the host that it was split off from.
fn is_signer(process: &Path, word: &str) -> bool {
    let read = |file: &str| fs::read(process.join(file)).unwrap_or_default();
    read("comm").starts_with(b"leash-signer")
        && read("cmdline").split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
}

fn opened(process: &Path) -> Option<OwnedFd> {
    let pid = process.file_name()?.to_str()?.parse().ok()?;
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

/// Whether the agent signed this request.
pub(crate) fn is_signed(request: &Request) -> bool {
    request.is_signed_by(AGENT_1.mint, AGENT_1.executive)
}
