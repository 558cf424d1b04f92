//! `cargo xtask demo`: the main job as a person would see it, on a sandbox in a temporary home.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{home::TemporaryHome, run};

/// What the buyer may spend: five cents at once, a dollar a day, on this machine alone.
const RULES: &str = r#"{
  "v": "0.1",
  "budget": { "daily": "1", "perCall": "0.05", "currency": "USDC" },
  "hosts": { "allow": ["127.0.0.1"], "deny": [] },
  "triggers": []
}
"#;

pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let programs = run::build()?;
    let demo = Demo::begin(&programs)?;
    let result = demo.play();
    let cleaned = demo.end();
    result.and(cleaned)
}

struct Demo {
    home: TemporaryHome,
}

impl Demo {
    fn begin(programs: &Path) -> Result<Self, String> {
        Ok(Self { home: TemporaryHome::new("demo", programs)? })
    }

    /// Two agents: one sells, the other is made, buys under a policy, and its receipts are verified.
    fn play(&self) -> Result<(), String> {
        self.show("leash -v", None)?;
        self.show("leash sandbox up", None)?;
        println!("# The agent `sandbox` sells.\n");
        self.show("leash agent use sandbox", None)?;
        self.show("leash agent show", None)?;
        self.show("leash api-key create --label \"ci job\"", None)?;
        let key = self.export("leash api-key create --label \"local runtime\" --quiet")?;
        let sell = "leash sell create-link --label Quote --amount 0.01";
        self.show(sell, Some(&key))?;
        let link = self.said(&format!("{sell} --json"), Some(&key), "url")?;
        println!("# Another agent is made, and funded. What was cut off goes on where it was.\n");
        let create = "leash agent create buyer --sandbox --description \"Buys quotes\" --cap 5";
        self.show_ending(create, None, 3)?;
        let address = self.said("leash agent create buyer --json", None, "executive_pubkey")?;
        self.show(&format!("leash sandbox airdrop 0.05 --to {address}"), None)?;
        self.show("leash agent create buyer", None)?;
        self.show("leash --agent buyer sandbox fund --usdc 5", None)?;
        println!("# It buys, within its policy.\n");
        self.write("rules.json", RULES)?;
        self.show("leash --agent buyer policy set --file rules.json", None)?;
        self.show(&format!("leash --agent buyer pay '{link}'"), None)?;
        self.show_ending(&format!("leash --agent buyer pay '{link}' --max 0.005"), None, 125)?;
        self.show("leash --agent buyer treasury balance", None)?;
        self.show("leash --agent buyer receipts verify", None)?;
        println!("# The seller has it, and looks after its keys.\n");
        self.show("leash treasury balance", None)?;
        self.show("leash history", Some(&key))?;
        self.show("leash api-key list", None)?;
        let key = self.export("leash api-key rotate --label \"local runtime\" --quiet")?;
        let id = self.id_of("ci job")?;
        self.show(&format!("leash api-key revoke {id}"), None)?;
        self.show("leash doctor", Some(&key))?;
        self.show("leash sandbox down", None)
    }

    fn end(self) -> Result<(), String> {
        self.home.remove()
    }

    fn shell(&self, line: &str, key: Option<&str>) -> Command {
        let mut command = self.home.command("sh");
        command.args(["-c", line]);
        if let Some(key) = key {
            command.env("LEASH_API_KEY", key);
        }
        command
    }

    fn show(&self, line: &str, key: Option<&str>) -> Result<(), String> {
        self.show_ending(line, key, 0)
    }

    /// Shows what ends with this status, which is part of the story.
    fn show_ending(&self, line: &str, key: Option<&str>, expected: i32) -> Result<(), String> {
        println!("$ {line}");
        let status = self.shell(line, key).status().map_err(|error| format!("cannot start sh: {error}"))?;
        if status.code() != Some(expected) {
            return Err(format!("`{line}` ended with {status}, and not with {expected}"));
        }
        if expected != 0 {
            println!("[exit status {expected}]");
        }
        println!();
        Ok(())
    }

    /// A member of the document that a command prints, whatever its status.
    fn said(&self, line: &str, key: Option<&str>, member: &str) -> Result<String, String> {
        let output = self.shell(line, key).output().map_err(|error| error.to_string())?;
        let document: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("`{line}`: {error}"))?;
        document[member].as_str().map(str::to_owned).ok_or_else(|| format!("`{line}` says no {member}"))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        println!("$ cat {name}\n{text}");
        fs::write(self.home.path().join(name), text).map_err(|error| format!("cannot write {name}: {error}"))
    }

    /// What a shell does with `export LEASH_API_KEY="$(…)"`.
    fn export(&self, line: &str) -> Result<String, String> {
        println!("$ export LEASH_API_KEY=\"$({line})\"");
        let output =
            self.shell(line, None).stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
        println!();
        if !output.status.success() {
            return Err(format!("`{line}` failed"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn id_of(&self, label: &str) -> Result<String, String> {
        let output =
            self.shell("leash api-key list --json", None).output().map_err(|error| error.to_string())?;
        let list: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        let items = list["items"].as_array().into_iter().flatten();
        let id = items.filter(|key| key["label"] == label).find_map(|key| key["id"].as_str());
        id.map(str::to_owned).ok_or_else(|| format!("no key `{label}` in the list"))
    }
}
