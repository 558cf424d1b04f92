//! `leash agent export`: an agent with its key, in a new file that only this user can read. The key is never
//! shown on a terminal.

use std::{io, path::PathBuf};

use leash_command::Host;
use leash_files::atomic;
use leash_identity::{AgentFile, Key};
use leash_output::Error;
use serde_json::{Value, json};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The file to write; it must not be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    if args.out.as_os_str() == "-" {
        return Err(Error::usage("`--out -` names no file, and a key is never shown on stdout")
            .hint("name a file that isn't there yet; `./-` is one, too"));
    }
    let identity = host.identity()?;
    let now = format!("{:.3}", jiff::Timestamp::now());
    let (executive_keypair, executive_sealed) = match &identity.executive {
        Key::Open(executive) => (Some(executive.export()), None),
        Key::Locked(locked) => (None, Some(locked.sealed().to_owned())),
    };
    let is_protected = executive_sealed.is_some();
    let mut file = AgentFile {
        agent_mint: Some(identity.mint.to_string()),
        executive_keypair,
        executive_pubkey: is_protected.then(|| identity.executive.public().to_string()),
        executive_sealed,
        network: Some(identity.network.to_string()),
        api_url: Some(identity.api_url.clone()),
        rpc_url: Some(identity.rpc_url.clone()),
        explorer_url: Some(identity.explorer_url.clone()),
        created_at: Some(now.clone()),
        ..AgentFile::default()
    };
    file.insert_extra("exported_at", &Value::from(now));
    atomic::write_new(&args.out, &file.to_bytes()).map_err(|error| {
        let wrapped = Error::io("write", &args.out, &error);
        if error.kind() == io::ErrorKind::AlreadyExists {
            wrapped.hint("nothing is overwritten: choose another name")
        } else {
            wrapped
        }
    })?;
    let document = json!({
        "kind": "agent_export", "status": "ok", "name": identity.name, "agent_mint": identity.mint.to_string(),
        "out": args.out.to_string_lossy(), "protected": is_protected,
    });
    host.out.result(&document, || {
        format!(
            "exported {} to {}\nThe file holds the executive key{}",
            identity.mint,
            args.out.display(),
            if is_protected {
                ", encrypted: who reads it and knows the passphrase is the agent."
            } else {
                ": whoever reads it is the agent."
            }
        )
    })
}
