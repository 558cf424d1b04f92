//! `leash key status`: where each agent's key lies, and until when it is unlocked. Nobody is asked anything.

use std::path::Path;

use leash_chain::Address;
use leash_command::Host;
use leash_files::Paths;
use leash_identity::{AgentFile, Environment, Locked, store};
use leash_output::{Error, escape};
use leash_signer::Executive;
use leash_vault::{keyring, unlocked};
use serde_json::{Value, json};

use crate::unlock::shown;

/// One key.
struct Line {
    name: String,
    current: bool,
    public: Option<Address>,
    file: Option<String>,
    at_rest: Option<&'static str>,
    unlocked_until: Option<String>,
    problem: Option<String>,
}

pub(crate) fn run(host: &Host) -> Result<(), Error> {
    let environment = Environment::read()?;
    let selection = host.selection(&environment)?;
    let from_environment = environment.key.as_ref().filter(|_| selection.explicit().is_none());
    let mut lines = Vec::new();
    if let Some(key) = from_environment {
        let key = Executive::parse(key);
        lines.push(Line {
            name: "environment".to_owned(),
            current: true,
            public: key.as_ref().ok().map(Executive::public),
            file: None,
            at_rest: Some("environment"),
            unlocked_until: None,
            problem: key.err().map(|error| format!("LEASH_EXECUTIVE_KEY can't be used: {error}")),
        });
    }
    let paths = host.paths()?;
    for name in store::names(paths)? {
        let current = from_environment.is_none() && name == selection.name();
        lines.extend(line(name, current, paths)?);
    }
    let keyring = keyring::available();
    let document = json!({
        "kind": "key_status", "status": "ok", "count": lines.len(),
        "items": lines.iter().map(Line::json).collect::<Vec<_>>(),
        "keyring": {
            "available": keyring.is_ok(),
            "reason": keyring.as_ref().err().map(Error::message),
        },
    });
    host.out.result(&document, || {
        let mut text: Vec<_> = lines.iter().map(Line::text).collect();
        if lines.is_empty() {
            text.push("no agents yet: `leash agent import FILE` takes yours in".to_owned());
        }
        if let Err(error) = &keyring {
            text.push(format!("no key can be unlocked for a while: {}", error.message()));
        }
        text.join("\n")
    })
}

fn line(name: String, current: bool, paths: &Paths) -> Result<Option<Line>, Error> {
    let path = paths.agent_file(&name);
    let mut line = Line {
        name,
        current,
        public: None,
        file: Some(path.to_string_lossy().into_owned()),
        at_rest: None,
        unlocked_until: None,
        problem: None,
    };
    match look(&mut line, &path) {
        Ok(true) => Ok(Some(line)),
        Ok(false) => Ok(None),
        Err(error) => {
            line.problem = Some(error.message().to_owned());
            Ok(Some(line))
        }
    }
}

/// Whether the file is still there.
fn look(line: &mut Line, path: &Path) -> Result<bool, Error> {
    let Some(file) = AgentFile::read(path)? else { return Ok(false) };
    if let Some(text) = &file.executive_keypair {
        line.at_rest = Some("plaintext");
        let key = Executive::parse(text)
            .map_err(|error| Error::failure("bad_identity", format!("its key can't be used: {error}")))?;
        line.public = Some(key.public());
    } else if let Some(locked) = Locked::of(&file, &line.name)? {
        line.at_rest = Some("encrypted");
        line.public = Some(locked.public());
        line.unlocked_until = unlocked(&locked)?.map(|(_, until)| shown(until));
    } else {
        line.problem = Some("it holds no key".to_owned());
    }
    Ok(true)
}

impl Line {
    fn json(&self) -> Value {
        json!({
            "name": self.name, "current": self.current,
            "executive_pubkey": self.public.map(|public| public.to_string()), "file": self.file,
            "at_rest": self.at_rest, "unlocked_until": self.unlocked_until, "problem": self.problem,
        })
    }

    fn text(&self) -> String {
        let state = match (self.at_rest, &self.unlocked_until) {
            (Some("plaintext"), _) => "in the clear".to_owned(),
            (Some("environment"), _) => {
                "in the environment, where every program that you start reads it".to_owned()
            }
            (Some(_), Some(until)) => format!("encrypted, unlocked until {until}"),
            (Some(_), None) => "encrypted, locked".to_owned(),
            (None, _) => String::new(),
        };
        let parts: Vec<&str> = [state.as_str(), self.problem.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let mark = if self.current { "*" } else { " " };
        format!("{mark} {:<14} {}", self.name, escape(&parts.join("; ")))
    }
}
