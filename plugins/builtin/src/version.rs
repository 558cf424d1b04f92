//! `leash version`: which leash this is, and which others there are.

use std::env;

use clap::{ArgMatches, Command};
use leash_output::Error;
use leash_plugin::{Builtin, Host};
use leash_protocol::PROTOCOL;
use leash_resolve::copies_of_host;
use serde_json::json;

/// The built-in.
pub(crate) struct Version;

impl Builtin for Version {
    fn name(&self) -> &'static str {
        "version"
    }

    fn summary(&self) -> &'static str {
        "Show the version, and with --verbose where this leash lies and which others there are"
    }

    fn command(&self) -> Command {
        Command::new("version")
            .after_help("Examples:\n  leash version\n  leash version --verbose\n  leash version --json")
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "version"
    }

    fn run(&self, host: &Host, _: &ArgMatches) -> Result<(), Error> {
        let line = format!("leash {}", Host::version());
        if !host.out.json && host.out.verbose == 0 {
            return host.out.text(&line);
        }
        let copies = copies_of_host(&Host::executable()?, &env::var_os("PATH").unwrap_or_default());
        let on_path: Vec<_> = copies.on_path.iter().map(|path| path.to_string_lossy()).collect();
        let document = json!({
            "kind": "version",
            "status": "ok",
            "version": Host::version(),
            "protocol": PROTOCOL,
            "executable": copies.running.to_string_lossy(),
            "on_path": on_path,
            "first_on_path": copies.running_is_first,
            "advice": copies.advice(),
            "os": env::consts::OS,
            "arch": env::consts::ARCH,
        });
        host.out.result(&document, || {
            let mut text = format!(
                "{line}\nexecutable: {}\nprotocol:   {PROTOCOL}\nplatform:   {} {}\n",
                copies.running.display(),
                env::consts::OS,
                env::consts::ARCH
            );
            for path in &copies.on_path {
                text.push_str(&format!("on PATH:    {}\n", path.display()));
            }
            if let Some(advice) = copies.advice() {
                text.push_str(&format!("advice:     {advice}\n"));
            }
            text
        })
    }
}
