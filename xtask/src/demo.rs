//! `cargo xtask demo`: the main job as a person would see it, on a sandbox in a temporary home.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::run;

pub(crate) fn run(_: &[String]) -> Result<(), String> {
    let programs = run::build()?;
    let demo = Demo::begin(&programs)?;
    let result = demo.play();
    let cleaned = demo.end();
    result.and(cleaned)
}

struct Demo {
    home: PathBuf,
    path: String,
    watchdog: Child,
}

impl Demo {
    fn begin(programs: &Path) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
        let home = env::temp_dir().join(format!("leash-demo-{}-{}", std::process::id(), now.as_nanos()));
        fs::create_dir(&home).map_err(|error| format!("cannot create {}: {error}", home.display()))?;
        let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
        // It tidies up when its stdin ends, which is when this process ends, however it does.
        let watchdog = Command::new("sh")
            .args(["-c", "trap '' INT TERM HUP; read -r _; leash --quiet sandbox down >/dev/null 2>&1; rm -rf \"$HOME\""])
            .env_clear()
            .env("PATH", &path)
            .env("HOME", &home)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start sh: {error}"))?;
        Ok(Self { home, path, watchdog })
    }

    fn play(&self) -> Result<(), String> {
        self.show("leash -v", None)?;
        self.show("leash sandbox up", None)?;
        self.show("leash agent use sandbox", None)?;
        self.show("leash agent show", None)?;
        self.show("leash api-key create --label \"ci job\"", None)?;
        let key = self.export("leash api-key create --label \"local runtime\" --quiet")?;
        self.show("leash sell create-link --label Quote --amount 0.01", Some(&key))?;
        self.show("leash api-key list", None)?;
        let key = self.export("leash api-key rotate --label \"local runtime\" --quiet")?;
        self.show(
            "leash sell create-link --label \"Quote, again\" --amount 0.02 --protocol mpp",
            Some(&key),
        )?;
        let id = self.id_of("ci job")?;
        self.show(&format!("leash api-key revoke {id}"), None)?;
        self.show("leash api-key list --include-disabled", None)?;
        self.show("leash doctor", Some(&key))?;
        self.show("leash sandbox down", None)
    }

    fn end(mut self) -> Result<(), String> {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().map_err(|error| error.to_string())?;
        if self.home.exists() { Err(format!("{} is left behind", self.home.display())) } else { Ok(()) }
    }

    fn shell(&self, line: &str, key: Option<&str>) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).env_clear().env("PATH", &self.path).env("HOME", &self.home);
        if let Some(key) = key {
            command.env("LEASH_API_KEY", key);
        }
        command
    }

    fn show(&self, line: &str, key: Option<&str>) -> Result<(), String> {
        println!("$ {line}");
        run::check(&mut self.shell(line, key)).map_err(|_| format!("`{line}` failed"))?;
        println!();
        Ok(())
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
