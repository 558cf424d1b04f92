//! `leash key unlock`: the kernel keeps the key for a while.

use std::time::SystemTime;

use jiff::Timestamp;
use leash_command::Host;
use leash_output::{Error, command};
use leash_vault::{duration, keyring};
use serde_json::json;

use crate::target::{Target, ask};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how long: `90s`, `15m`, `2h`; a day at the most
    #[arg(long = "for", value_name = "TIME", default_value = "15m")]
    lasts: String,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let lasts = duration::parse(&args.lasts)?;
    let target = Target::find(host)?;
    target.tidy();
    let (_, locked) = target.encrypted()?;
    // Before anybody types anything.
    keyring::available()?;
    let executive = ask(host, &locked)?;
    let until = keyring::store(&executive.public(), &executive.export(), lasts)?;
    let until = shown(until);
    let document = json!({
        "kind": "key_unlock", "status": "ok", "name": target.name,
        "executive_pubkey": executive.public().to_string(), "unlocked_until": until,
    });
    host.out.result(&document, || {
        format!(
            "the key of agent `{}` is unlocked until {until}; until then every program of yours can have it from the \
             kernel\n`{}` takes it back",
            target.name,
            command("key lock")
        )
    })
}

/// A time as everybody writes it.
pub(crate) fn shown(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| "later".to_owned(), |time| format!("{time:.0}"))
}
