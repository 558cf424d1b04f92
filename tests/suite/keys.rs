//! The executive key out of reach: encrypted at rest, unlocked for a while, asked for before a plugin runs.

mod asked;
mod at_rest;
mod change;
mod handed_over;
mod keyring;
mod killed;
mod plugins;

use std::{fs, path::Path, sync::OnceLock};

use leash_signature::Secret;
use leash_signer::Executive;
use leash_tests::{AGENT_1, Api, Home, Reply, Run};
use serde_json::{Value, json};

const PASSPHRASE: &str = "correct horse battery staple";
pub(crate) const FILE: &str = ".config/leash/agent.json";

/// A home with an agent.
pub(crate) struct World {
    api: Api,
    pub(crate) home: Home,
    key: String,
    pub(crate) public: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let api = Api::start(|_, _| Reply::Json(200, json!({ "items": [] })));
        let executive = Executive::generate().unwrap();
        let (key, public) = (executive.export().expose().clone(), executive.public().to_string());
        let mut file = AGENT_1.file(&api.url);
        file["executive_keypair"] = json!(key);
        let home = Home::new();
        home.write_private(FILE, &file.to_string());
        home.write_private("passphrase", &format!("{PASSPHRASE}\n"));
        home.write_private("wrong", "incorrect\n");
        Self { api, home, key, public }
    }

    /// Its key is encrypted, and is that of all worlds made so: encrypting one takes long.
    pub(crate) fn protected() -> Self {
        static ONE: OnceLock<(String, String, Value)> = OnceLock::new();
        let (key, public, file) = ONE.get_or_init(|| {
            let world = Self::protected_alone();
            (world.key.clone(), world.public.clone(), world.file())
        });
        let mut world = Self::new();
        let mut file = file.clone();
        file["api_url"] = json!(world.api.url);
        world.home.write_private(FILE, &file.to_string());
        (world.key, world.public) = (key.clone(), public.clone());
        world
    }

    /// Its key is encrypted, and no other test has it: what the kernel keeps, it keeps for the whole user.
    fn protected_alone() -> Self {
        let world = Self::new();
        let _ = world.with_passphrase(&["key", "protect"]).ok();
        world
    }

    pub(crate) fn leash(&self, words: &[&str]) -> Run {
        self.home.leash(words).path(&[&self.home.join("bin")]).env("OUT", self.home.join("out"))
    }

    /// With the right passphrase in a file.
    pub(crate) fn with_passphrase(&self, words: &[&str]) -> Run {
        self.leash(words).env("LEASH_PASSPHRASE_FILE", self.home.join("passphrase"))
    }

    /// A line of the shell in which `leash` is leash.
    fn shell(&self, line: &str) -> Run {
        self.home.shell(line).path(&[&self.home.join("bin"), &leash_tests::programs()])
    }

    /// The file of the agent.
    pub(crate) fn file(&self) -> Value {
        self.home.read_json(FILE)
    }

    fn is_encrypted(&self) -> bool {
        let file = self.file();
        let (plain, sealed) = (file["executive_keypair"].is_string(), file["executive_sealed"].is_string());
        assert_ne!(plain, sealed, "the key is there once");
        if plain {
            assert_eq!(file["executive_keypair"], self.key);
        }
        sealed
    }

    /// Whether the key lies anywhere in the home directory, in any of the forms that it is written in.
    fn key_is_somewhere(&self) -> bool {
        let bytes = bs58::decode(&self.key).into_vec().unwrap();
        let hex: String = bytes[..32].iter().map(|byte| format!("{byte:02x}")).collect();
        let numbers = bytes[..32].iter().map(u8::to_string).collect::<Vec<_>>();
        let forms = [
            self.key.clone().into_bytes(),
            bytes[..32].to_vec(),
            hex.into_bytes(),
            numbers.join(",").into_bytes(),
        ];
        holds(self.home.path(), &forms)
    }

    /// Whether all that was asked of the API was signed with the key.
    fn all_signed(&self) -> bool {
        let requests = self.api.requests();
        !requests.is_empty()
            && requests.iter().all(|request| request.is_signed_by(AGENT_1.mint, &self.public))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Should a test have failed in between.
        let _ = leash_vault::keyring::clear(&self.public.parse().unwrap());
    }
}

/// Whether a directory holds a file in which one of these stands.
fn holds(dir: &Path, forms: &[Vec<u8>]) -> bool {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap()).any(|entry| {
        if entry.file_type().unwrap().is_dir() {
            return holds(&entry.path(), forms);
        }
        let Ok(bytes) = fs::read(entry.path()) else { return false };
        forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    })
}

/// Another key, in the form of this one's.
fn other_key() -> Secret<String> {
    Executive::generate().unwrap().export()
}
