//! `reset`: empty databases. The port stays, and so does the agent's file.

use std::{fs, io};

use leash_output::{Error, Out, can_ask, confirm};
use serde_json::json;

use super::{DOCUMENT, down};
use crate::instance::DataDir;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn reset(dir: &DataDir, args: &Args, out: Out) -> Result<(), Error> {
    if !args.yes && !can_ask() {
        return Err(Error::usage(
            "this forgets every key, link, receipt and balance of the sandbox, and nobody can be asked",
        )
        .hint("`leash sandbox reset --yes` does it without asking"));
    }
    if !args.yes && !confirm("forget every key, link, receipt and balance of the sandbox?") {
        return Err(Error::failure("declined", "nothing was changed").hint("answer `y` to go ahead"));
    }
    dir.create()?;
    let stopped = down::stop(dir)?;
    let Some(_lock) = dir.lock()? else {
        return Err(Error::failure("already_running", "a server was started again in between")
            .hint("`leash sandbox down`, then try again"));
    };
    for database in [dir.database(), dir.ledger()] {
        // What a file holds ahead of it comes first: alone it would be taken for news.
        for suffix in ["-wal", "-shm", ""] {
            let mut path = database.clone().into_os_string();
            path.push(suffix);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", path.as_ref(), &error));
                }
                _ => {}
            }
        }
    }
    out.result(&json!({ "kind": DOCUMENT, "status": "ok", "reset": true, "stopped": stopped }), || {
        "sandbox is empty; `leash sandbox up` starts it again, with the same agent".to_owned()
    })
}
