//! A home directory with an agent in it, and what is granted there.

use std::{
    cell::Cell,
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use leash_audit::{AuditKey, Entry, Log, Report};
use leash_chain::Address;
use leash_protocol::{
    frame::PayLimits,
    manifest::{Consent, Presign, SignerAt},
    scope::Scope,
};
use leash_signature::Secret;
use leash_signer::Executive;
use rustix::process::{Pid, PidfdFlags, geteuid, pidfd_open};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

const NOBODY: u32 = 65534;
/// Far beyond what anything takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What the host is told.
#[derive(Serialize, Deserialize)]
pub struct Plan {
    pub mint: String,
    pub network: String,
    pub executive: Option<String>,
    pub base_path: String,
    pub scopes: Vec<Scope>,
    pub max_signatures: u32,
    pub consent: Consent,
    pub expires_at: Option<String>,
    pub daily: Option<u32>,
    pub pay: Option<PayLimits>,
    pub presign: Vec<Presign>,
    pub signer: SignerAt,
    pub runtime_dir: Option<PathBuf>,
    pub audit_dir: PathBuf,
    pub strict: bool,
    /// Whether the host adopts orphans.
    pub subreaper: bool,
    /// Whether the host has a second thread.
    pub threads: bool,
}

pub struct Home {
    pub dir: TempDir,
    pub key: Executive,
    gone: Cell<bool>,
}

pub fn mint() -> Address {
    Address::new([3; 32])
}

impl Home {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let key = Executive::generate().unwrap();
        let home = Self { dir, key, gone: Cell::new(false) };
        let config = home.path().join(".config/leash");
        fs::create_dir_all(&config).unwrap();
        home.write_agent(&home.key);
        home
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Puts a key into the agent's file.
    pub fn write_agent(&self, key: &Executive) {
        let file = self.path().join(".config/leash/agent.json");
        let text = format!(
            r#"{{"version":1,"agent_mint":"{}","executive_keypair":"{}","network":"solana-devnet"}}"#,
            mint(),
            key.export().expose()
        );
        fs::write(&file, text).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn plan(&self) -> Plan {
        let scope = |text| Scope::parse(text).unwrap();
        Plan {
            mint: mint().to_string(),
            network: "solana-devnet".to_owned(),
            executive: Some(self.key.public().to_string()),
            base_path: String::new(),
            scopes: vec![scope("GET,POST /v1/agents/{mint}/api-keys"), scope("GET /v1/open/**")],
            max_signatures: 20,
            consent: Consent::None,
            expires_at: None,
            daily: None,
            pay: None,
            presign: Vec::new(),
            signer: SignerAt::Fd,
            runtime_dir: None,
            audit_dir: self.path().join("audit"),
            strict: false,
            subreaper: false,
            threads: false,
        }
    }

    pub fn host(&self, plan: &Plan, case: &str, wrap: &[&str], as_nobody: bool) -> Command {
        fs::write(self.path().join("plan.json"), serde_json::to_vec(plan).unwrap()).unwrap();
        let mut program = std::env::current_exe().unwrap();
        let mut words: Vec<String> = wrap.iter().map(|&word| word.to_owned()).collect();
        if as_nobody && geteuid().is_root() {
            // Where the tests were built others may not go.
            let copy = self.path().join("program");
            fs::copy(&program, &copy).unwrap();
            program = copy;
            give_away(self.path());
            words.extend(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(str::to_owned));
        }
        words.push(program.to_str().unwrap().to_owned());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.path()).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("TEST_PART", "host")
            .env("TEST_CASE", case);
        command
    }

    pub fn signer(&self) -> Option<Pid> {
        Pid::from_raw(fs::read_to_string(self.path().join("signer.pid")).ok()?.parse().ok()?)
    }

    /// The signer ends when the plugin has ended, whatever else goes on.
    pub fn signer_must_be_gone(&self) {
        if let Some(pid) = self.signer().filter(|_| !self.gone.get()) {
            ends(pid);
        }
    }

    /// For signers whose number means another process here.
    pub fn signer_has_other_number(&self) {
        self.gone.set(true);
    }

    pub fn log(&self) -> Log {
        Log::new(&self.path().join("audit"), &self.key.public())
    }

    pub fn entries(&self) -> Vec<Entry> {
        let report = self.verify();
        assert_eq!((report.first_bad, report.torn), (None, 0));
        let lines: Vec<Entry> = self.log().read().unwrap().map(|line| line.unwrap().entry.unwrap()).collect();
        assert_eq!(report.count, lines.len() as u64);
        lines
    }

    pub fn decisions(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.decision).collect()
    }

    pub fn verify(&self) -> Report {
        self.log().verify(&AuditKey::new(Secret::new(*self.key.audit_key().expose()))).unwrap()
    }
}

/// Waits for a process to end; fails where it doesn't.
pub fn ends(pid: Pid) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    let patience = Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
    let mut watched = [PollFd::new(&fd, PollFlags::IN)];
    assert_eq!(poll(&mut watched, Some(&patience)).unwrap(), 1, "process {pid:?} doesn't end");
}

/// Asks again and again until it is so.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn give_away(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}
