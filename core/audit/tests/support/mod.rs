//! A log in a directory of its own.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::{fs, sync::Arc};

use leash_audit::{AuditKey, Entry, Log, Report};
use leash_chain::Address;
use leash_signature::Secret;
use tempfile::TempDir;

pub struct Place {
    pub dir: Arc<TempDir>,
    pub log: Log,
    pub key: AuditKey,
}

impl Place {
    pub fn new() -> Self {
        Self::at(Arc::new(TempDir::new().unwrap()))
    }

    /// The same log, opened by somebody else.
    pub fn fresh(&self) -> Self {
        Self::at(Arc::clone(&self.dir))
    }

    fn at(dir: Arc<TempDir>) -> Self {
        let log = Log::new(&dir.path().join("leash/audit"), &Address::new([1; 32]));
        Self { dir, log, key: AuditKey::new(Secret::new([7; 32])) }
    }

    pub fn append(&self, n: usize) {
        self.log.append(&self.key, &entry(n)).unwrap();
    }

    pub fn verify(&self) -> Report {
        self.log.verify(&self.key).unwrap()
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    pub fn put(&self, text: &str) {
        fs::write(self.log.path(), text).unwrap();
    }
}

pub fn entry(n: usize) -> Entry {
    Entry {
        time: "2026-01-01T00:00:00.000Z".to_owned(),
        plugin: "p".to_owned(),
        digest: "sha256:00".to_owned(),
        agent: "M".to_owned(),
        invocation: "00".to_owned(),
        method: "GET".to_owned(),
        path: format!("/v1/{n}"),
        body_sha256: "e3".to_owned(),
        decision: "signed".to_owned(),
        pay: None,
    }
}
