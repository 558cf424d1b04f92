//! A user's home to measure in: an agent, plugins for every host, and grants.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use super::case::installed;
use crate::run;

/// A key that was made for tests and holds nothing.
const AGENT: &str = r#"{
  "version": 1,
  "agent_mint": "B5MXMAMebjwkaQjzRiVh2LfvUZbM58FXGdMZGFq8pngj",
  "executive_keypair": "56Uqd7MBAWmTAZgDGSVYBbDFZ6SPdfhwywTgs7DcyJBu7jpF3kjuBezdXB6FmBawQ42tZR3sPK24M2sXndzPcSrZ",
  "network": "solana-devnet",
  "api_url": "http://127.0.0.1:9"
}
"#;

const SIGN: &str = r#"[sign]
max_signatures = 20
scopes = [{ methods = ["GET"], path = "/v1/agents/{mint}/api-keys" }]
"#;

const PRESIGN: &str = r#"[[presign]]
method = "GET"
path = "/v1/agents/{mint}/api-keys"
"#;

/// Where all of it lies.
pub(crate) struct Home {
    pub(crate) leash: PathBuf,
    pub(crate) dir: PathBuf,
    pub(crate) bin: PathBuf,
    many: PathBuf,
}

impl Home {
    pub(crate) fn make(dir: &Path, leash: &Path) -> Result<Self, String> {
        let home = Self {
            leash: leash.to_owned(),
            dir: dir.to_owned(),
            bin: dir.join("bin"),
            many: dir.join("many"),
        };
        home.fill().map_err(|error| format!("cannot make `{}`: {error}", dir.display()))?;
        home.programs()?;
        for name in ["sign", "sign-static", "card"] {
            let mut trust = Command::new(leash);
            trust.args(["plugin", "trust", name, "--yes", "--quiet"]);
            run::check(trust.env_clear().env("HOME", dir).env("PATH", home.path(false)))?;
        }
        // What was changed less than two seconds ago is not yet remembered by anybody.
        thread::sleep(Duration::from_millis(2200));
        Ok(home)
    }

    /// The plugins' directory, and those of the system in which interpreters and git's helpers lie.
    pub(crate) fn path(&self, many: bool) -> std::ffi::OsString {
        let mut dirs = vec![if many { self.many.clone() } else { self.bin.clone() }];
        dirs.extend(["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from));
        dirs.extend(installed("git").and_then(|git| Some(git.parent()?.to_owned())));
        env::join_paths(dirs).unwrap_or_default()
    }

    fn fill(&self) -> std::io::Result<()> {
        let config = self.dir.join(".config/leash");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&config)?;
        write(&config.join("agent.json"), AGENT, 0o600)?;
        fs::create_dir(&self.bin)?;
        fs::create_dir(&self.many)?;
        fs::create_dir_all(self.dir.join(".docker/cli-plugins"))?;
        for name in ["sign", "sign-static"] {
            write(&self.bin.join(format!("leash-{name}.toml")), &manifest(name, SIGN), 0o644)?;
        }
        write(&self.bin.join("leash-card"), "#!/bin/sh\n[ -n \"$LEASH_SIGNER\" ]\n", 0o755)?;
        write(&self.bin.join("leash-card.toml"), &manifest("card", &format!("{SIGN}{PRESIGN}")), 0o644)?;
        for number in 0..100 {
            for host in ["leash", "git", "cargo", "kubectl"] {
                write(&self.many.join(format!("{host}-many{number}")), "#!/bin/sh\nexit 9\n", 0o755)?;
            }
            let name = format!("many{number}");
            write(&self.many.join(format!("leash-{name}.toml")), &manifest(&name, ""), 0o644)?;
        }
        Ok(())
    }

    fn programs(&self) -> Result<(), String> {
        let nothing = self.bin.join("leash-foo");
        compile(include_str!("foo.c"), &nothing, &["-static"])?;
        // The same program with a grant and without.
        let sign = self.bin.join("leash-sign");
        compile(include_str!("sign.c"), &sign, &[])?;
        fs::copy(&sign, self.bin.join("leash-plain")).map_err(|error| error.to_string())?;
        compile(include_str!("sign.c"), &self.bin.join("leash-sign-static"), &["-static"])?;
        let docker = self.dir.join(".docker/cli-plugins/docker-foo");
        for other in
            ["git-foo", "cargo-foo", "kubectl-foo"].map(|name| self.bin.join(name)).iter().chain([&docker])
        {
            fs::copy(&nothing, other).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn manifest(name: &str, rest: &str) -> String {
    format!(
        "schema = 1\nprotocol = [1]\nname = \"{name}\"\nversion = \"1.0.0\"\nsummary = \"What {name} is for\"\n{rest}"
    )
}

fn compile(source: &str, program: &Path, flags: &[&str]) -> Result<(), String> {
    let file = program.with_extension("c");
    fs::write(&file, source).map_err(|error| error.to_string())?;
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    run::check(Command::new(compiler).args(["-O2"]).args(flags).arg("-o").arg(program).arg(&file))
}

fn write(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
