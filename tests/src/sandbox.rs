//! The bundled sandbox, started for one test.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Home, programs};

/// A sandbox that is up, with an agent `sandbox` in its home.
pub struct Sandbox {
    /// The home that it lives in.
    pub home: Home,
    /// Where it listens.
    pub url: String,
    /// Its agent's mint.
    pub mint: String,
}

impl Sandbox {
    /// Starts one in a new home, whose commands act as its agent.
    #[must_use]
    pub fn up() -> Self {
        Self::up_with(&[])
    }

    /// Likewise, with options of `leash sandbox up`.
    #[must_use]
    pub fn up_with(options: &[&str]) -> Self {
        let home = Home::new();
        let words = ["sandbox", "up", "--json"].iter().chain(options);
        let up: Value = home.leash(words).ok().json();
        let _ = home.leash(["agent", "use", "sandbox"]).ok();
        Self {
            url: up["url"].as_str().unwrap().to_owned(),
            mint: up["agent_mint"].as_str().unwrap().to_owned(),
            home,
        }
    }

    /// A new API key of its agent.
    #[must_use]
    pub fn api_key(&self) -> String {
        let made = self.home.leash(["api-key", "create", "--label", "test", "--quiet"]).ok();
        made.stdout.trim_end().to_owned()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = Command::new(programs().join("leash"))
            .args(["sandbox", "down"])
            .env_clear()
            .env("HOME", self.home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
