//! Handing a plaintext over: it arrives, or the caller learns that it didn't and revokes the key.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
};

use leash_api::{ApiKey as Key, CreatedKey};
use leash_identity::{AgentFile, Identity, Origin, Paths, store};
use leash_output::{Error, Kind, escape, stdout_is_open, write_stdout};
use leash_plugin::Host;
use leash_signer::Secret;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

const ONCE: &str =
    "Plaintext is returned only once. Store it securely now; future list/revoke calls cannot reveal it.";

#[derive(clap::Args)]
pub(super) struct Delivery {
    /// Write the plaintext to this new file (mode 0600), and nothing of it to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Keep the plaintext with the agent, in its file, for its own later calls
    #[arg(long, conflicts_with = "out")]
    save: bool,
}

/// Where a plaintext will go; made before the key is, so that what can be known to fail fails first.
pub(super) enum Receiver {
    Stdout,
    File { path: PathBuf, file: File },
    Agent { path: PathBuf },
}

impl Receiver {
    pub(super) fn open(args: &Delivery, identity: &Identity) -> Result<Self, Error> {
        if let Some(path) = &args.out {
            let file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
                    Error::io("create", path, &error)
                        .hint("no key was created; name a file that isn't there yet, in a directory that you can write")
                })?;
            return Ok(Self::File { path: path.clone(), file });
        }
        if args.save {
            return match (&identity.file, &identity.origins) {
                (Some(path), (Origin::File(_), Origin::File(_))) => Ok(Self::Agent { path: path.clone() }),
                _ => Err(Error::usage("`--save` keeps the key in the agent's file, and this agent has none")
                    .hint("use `--out FILE`, or `leash agent import` the agent first")),
            };
        }
        if !stdout_is_open() {
            return Err(Error::failure("stdout", "stdout is closed, so the plaintext could not be shown")
                .hint("no key was created, so none had to be revoked; use `--out FILE`"));
        }
        Ok(Self::Stdout)
    }

    /// Gives up: what was made for a plaintext that never came is removed.
    pub(super) fn abandon(self) {
        if let Self::File { path, .. } = self {
            let _ = fs::remove_file(path);
        }
    }

    /// Hands the plaintext over and tells about the key. An error means that the plaintext did not arrive.
    pub(super) fn deliver(self, host: &Host, made: &CreatedKey, replaces: Option<&Key>) -> Result<(), Error> {
        let place = match self {
            Self::Stdout => {
                return write_stdout(&announcement(host, made, Some(&made.plaintext), None, replaces))
                    .map_err(undelivered);
            }
            Self::File { path, mut file } => {
                let line = Zeroizing::new(format!("{}\n", made.plaintext.expose()));
                if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_all()) {
                    let _ = fs::remove_file(&path);
                    return Err(Error::io("write", &path, &error));
                }
                path.to_string_lossy().into_owned()
            }
            Self::Agent { path } => {
                let mut file = AgentFile::read(&path)?
                    .ok_or_else(|| Error::failure("io", format!("`{}` is gone", Paths::display(&path))))?;
                file.api_key = Some(made.plaintext.clone());
                store::update(&path, &file)?;
                path.to_string_lossy().into_owned()
            }
        };
        // The plaintext is where it belongs; what is told about it on stdout is no longer part of that.
        if !host.out.quiet || host.out.json {
            let _ = write_stdout(&announcement(host, made, None, Some(&place), replaces));
        }
        Ok(())
    }
}

/// A reader that went away is an error here: the key that it should have read must be revoked.
fn undelivered(error: Error) -> Error {
    if error.kind() == Kind::BrokenPipe {
        return Error::failure("stdout", "whoever reads stdout went away before the plaintext was written");
    }
    error
}

fn announcement(
    host: &Host,
    made: &CreatedKey,
    plaintext: Option<&Secret<String>>,
    place: Option<&str>,
    replaces: Option<&Key>,
) -> Zeroizing<Vec<u8>> {
    let key = &made.key;
    if host.out.json {
        let mut document = Map::new();
        document.insert("kind".into(), json!("agent_api_key"));
        document.insert("status".into(), json!("ok"));
        document.insert("key".into(), json!(key));
        if let Some(plaintext) = plaintext {
            document.insert("plaintext".into(), json!(plaintext.expose()));
            document.insert("warning".into(), json!(ONCE));
        }
        if let Some(place) = place {
            document.insert("plaintext_in".into(), json!(place));
        }
        if let Some(old) = replaces {
            document.insert("replaces".into(), json!(old));
        }
        return Zeroizing::new(format!("{:#}\n", Value::Object(document)).into_bytes());
    }
    if host.out.quiet {
        return Zeroizing::new(plaintext.map(|text| format!("{}\n", text.expose())).unwrap_or_default().into_bytes());
    }
    let mut text = String::with_capacity(1024);
    text.push_str("agent API key created\n");
    let mut field = |name: &str, value: &str| {
        text.push_str(&format!("  {:<13} {}\n", format!("{name}:"), escape(value)));
    };
    field("id", &key.id);
    field("label", &key.label);
    field("network", &key.network);
    field("owner_wallet", &key.owner_wallet);
    field("agent_mint", &key.agent_mint);
    field("scope", &key.scopes.join(", "));
    if let Some(old) = replaces {
        field("replaces", &old.id);
    }
    match (plaintext, place) {
        (Some(plaintext), _) => {
            field("plaintext", plaintext.expose());
            text.push_str("\nStore the plaintext now: it is shown only this once.\n");
        }
        (None, Some(place)) => field("plaintext", &format!("in {place}")),
        (None, None) => {}
    }
    Zeroizing::new(text.into_bytes())
}
