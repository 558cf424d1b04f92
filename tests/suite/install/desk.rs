//! A user's home, a publisher's desk in it, and a server that hands out what is on the desk.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use leash_tests::{Api, Home, Outcome, Reply, Run};
use serde_json::Value;

/// What a server has to hand out, by path.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub(crate) struct Desk {
    pub(crate) home: Home,
}

/// Hands out files over HTTP on loopback; what isn't there is 404.
pub(crate) struct Shop {
    pub(crate) api: Api,
    files: Files,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let files = Files::default();
        let shelf = Arc::clone(&files);
        let api = Api::start(move |request, _| match shelf.lock().unwrap().get(&request.path) {
            Some(bytes) => answer("200 OK", "", bytes),
            None => answer("404 Not Found", "", b""),
        });
        Self { api, files }
    }

    pub(crate) fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.files.lock().unwrap().insert(path.to_owned(), bytes.into());
        format!("{}{path}", self.api.url)
    }
}

pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Reply {
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    Reply::Raw([head.as_bytes(), body].concat())
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { home: Home::new() }
    }

    pub(crate) fn plugin(&self, words: &[&str]) -> Run {
        self.home.leash([&["plugin"], words].concat())
    }

    /// Writes a plugin's directory. Its program says its version.
    pub(crate) fn write(&self, name: &str, version: &str, more: &str) -> String {
        let dir = format!("desk/{name}");
        let _ = self
            .home
            .write_script(&format!("{dir}/leash-{name}"), &format!("#!/bin/sh\necho {name} {version}\n"));
        let manifest = format!(
            "schema = 1\nprotocol = [1]\nname = \"{name}\"\nversion = \"{version}\"\nsummary = \"Says {name}\"\n{more}"
        );
        let _ = self.home.write(&format!("{dir}/leash-plugin.toml"), manifest, 0o644);
        let _ = self.home.write(&format!("{dir}/share/data"), version.repeat(100), 0o644);
        dir
    }

    /// Packs a plugin; the path of the archive.
    pub(crate) fn pack(&self, name: &str, version: &str) -> String {
        let dir = self.write(name, version, "");
        let out = format!("desk/{name}-{version}.tar.gz");
        let _ = self.plugin(&["pack", &dir, "--out", &out, "--force"]).ok();
        out
    }

    /// The path of a publisher's key, made at the first use.
    pub(crate) fn key(&self, who: &str) -> String {
        let path = format!("desk/{who}.key");
        if !self.home.join(&path).exists() {
            let _ = self.home.write("desk/.keep", "", 0o600);
            let _ = self.plugin(&["sign", "--new-key", &path]).ok();
        }
        path
    }

    /// Packs and signs a release, and puts it into the index `desk/index.toml`; the path of the archive.
    pub(crate) fn publish(&self, name: &str, version: &str, who: &str) -> String {
        let (key, archive) = (self.key(who), self.pack(name, version));
        let _ = self
            .plugin(&["sign", &archive, "--key-file", &key, "--index", "desk/index.toml", "--replace"])
            .ok();
        archive
    }

    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.home.join(path)).unwrap()
    }

    pub(crate) fn installed(&self, name: &str) -> PathBuf {
        self.home.join(".local/share/leash/plugins").join(name)
    }

    /// What the installed program says of its version; none where it isn't there.
    pub(crate) fn version(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.installed(name).join(format!("leash-{name}"))).ok()?;
        text.trim_end().rsplit(' ').next().map(str::to_owned)
    }

    pub(crate) fn lock(&self) -> String {
        fs::read_to_string(self.home.join(".config/leash/plugins.lock")).unwrap_or_default()
    }

    /// All that lies below `.local` and `.config`, with what is in it.
    pub(crate) fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut left = vec![self.home.join(".local"), self.home.join(".config")];
        while let Some(path) = left.pop() {
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_dir() {
                left.extend(fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path()));
                all.insert(path, Vec::new());
            } else {
                all.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
        all
    }

    /// A refusal that changed nothing, with its code.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str], status: i32, code: &str) -> Outcome {
        let before = self.state();
        let outcome = self.plugin(&[words, &["--json"]].concat()).fails(status);
        assert_eq!(outcome.json()["code"], code, "{outcome:?}");
        let quiet = |state: BTreeMap<PathBuf, Vec<u8>>| -> BTreeMap<_, _> {
            // The empty rooms may be new.
            state
                .into_iter()
                .filter(|(path, bytes)| !(bytes.is_empty() && (path.is_dir() || path.ends_with("lock"))))
                .collect()
        };
        assert_eq!(quiet(self.state()), quiet(before));
        self.assert_tidy();
        outcome
    }

    /// Nothing is left of what was made ready.
    #[track_caller]
    pub(crate) fn assert_tidy(&self) {
        let work = self.home.join(".local/share/leash/install");
        for entry in fs::read_dir(work).into_iter().flatten().flatten() {
            assert_eq!(entry.file_name(), "lock", "left behind");
        }
    }

    pub(crate) fn json(&self, words: &[&str]) -> Value {
        self.plugin(&[words, &["--json"]].concat()).ok().json()
    }
}
