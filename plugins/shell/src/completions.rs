//! `leash completions SHELL`, and what its script calls.

use std::ffi::OsString;

use clap::{Arg, ArgMatches, Command};
use clap_complete::env::Shells;
use leash_command::{Builtin, COMPLETE_VARIABLE, Host};
use leash_output::{Error, write_stdout};
use leash_protocol::commands::Outline;

use crate::{names, tree};

/// The built-in.
pub struct Completions;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

impl Builtin for Completions {
    fn outline(&self) -> &'static Outline {
        &leash_protocol::commands::COMPLETIONS
    }

    fn command(&self) -> Command {
        Command::new("completions")
            .arg(Arg::new("shell").required(true).value_name("SHELL").value_parser(SHELLS).help("The shell"))
            .after_help(
                "Examples:\n  bash:  echo 'source <(leash completions bash)' >> ~/.bashrc\n  \
                 zsh:   echo 'source <(leash completions zsh)' >> ~/.zshrc\n  \
                 fish:  leash completions fish > ~/.config/fish/completions/leash.fish",
            )
    }

    fn document(&self, _: Option<&str>) -> &'static str {
        "completions"
    }

    fn run(&self, host: &Host, matches: &ArgMatches) -> Result<(), Error> {
        let shell = matches.get_one::<String>("shell").map(String::as_str).unwrap_or_default();
        let shells = Shells::builtins();
        let completer = shells
            .completer(shell)
            .ok_or_else(|| Error::usage(format!("`{shell}` is no shell that leash knows")))?;
        let mut script = Vec::new();
        completer
            .write_registration(COMPLETE_VARIABLE, "leash", "leash", "leash", &mut script)
            .map_err(|error| Error::failure("io", format!("cannot write the script: {error}")))?;
        if host.out.json {
            let script = String::from_utf8_lossy(&script);
            return host.out.document(&serde_json::json!({
                "kind": "completions", "status": "ok", "shell": shell, "script": script,
            }));
        }
        write_stdout(&script)
    }
}

/// Answers the script: what could stand where the cursor is. `words` are what it calls leash with.
///
/// # Errors
/// Where the shell isn't known, or the commands can't be told.
pub fn complete(host: &Host, shell: &str, words: Vec<OsString>) -> Result<(), Error> {
    let shells = Shells::builtins();
    let completer = shells
        .completer(shell)
        .ok_or_else(|| Error::usage(format!("`{shell}` is no shell that leash knows")))?;
    let mut tree = names::told(tree::whole(host)?, host);
    let mut candidates = Vec::new();
    completer
        .write_complete(&mut tree, words, std::env::current_dir().ok().as_deref(), &mut candidates)
        .map_err(|error| Error::failure("io", format!("cannot complete: {error}")))?;
    write_stdout(&candidates)
}
