//! `leash receipts verify`: whether a chain is as it was written. Offline, in memory that one line bounds.

use std::{
    fs::File,
    io,
    os::fd::AsFd as _,
    path::{Path, PathBuf},
};

use leash_command::Host;
use leash_files::Paths;
use leash_journal::Lines;
use leash_output::{Error, Kind, count};
use leash_receipts::{Fault, Reason, Verified, Verifier};
use serde_json::json;

use crate::{feed, local};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file of receipts, one a line; `-` is stdin. Without it, the agent's own chain
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(host: &Host, args: &Args) -> Result<(), Error> {
    let progress = host.out.progress("verifying");
    let mut torn = 0;
    let (shown, path, outcome) = match &args.file {
        Some(path) => {
            let shown = if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() };
            (shown, path.clone(), of_file(path)?)
        }
        None => {
            let chain = local::chain(host, &feed::agent(host)?)?;
            torn = chain.torn()?;
            (Paths::display(chain.path()), chain.path().to_owned(), chain.verify()?)
        }
    };
    drop(progress);
    match outcome {
        Ok(verified) => report(host, &shown, &path, &verified),
        Err((fault, so_far)) => {
            let error = broken(&shown, &path, fault, &so_far);
            // It is the last line then, whatever is wrong with it.
            let cut_off = torn > 0 && fault.reason == Reason::InvalidJson;
            Err(if cut_off { error.hint(CUT_OFF) } else { error })
        }
    }
}

/// Nothing is wrong that a command wouldn't mend.
const CUT_OFF: &str = "it was cut off while it was written, so it is no receipt yet; the next command that adds one sets it aside";

fn report(host: &Host, shown: &str, path: &Path, verified: &Verified) -> Result<(), Error> {
    if verified.with_extras > 0 {
        host.out.warn(&format!(
            "{} with members that no receipt has; no hash covers those",
            count(verified.with_extras, "receipt")
        ));
    }
    let document = json!({
        "kind": "receipts_verify",
        "status": "ok",
        "ok": true,
        "file": path.to_string_lossy(),
        "count": verified.count,
        "head": verified.head,
        "with_extras": verified.with_extras,
    });
    host.out.result(&document, || {
        let head = verified.head.as_deref().unwrap_or("none");
        format!(
            "ok\n  file:  {}\n  count: {}\n  head:  {head}\nevery receipt is as it was written; those cut off at the end \
             show only against an earlier count and head",
            leash_output::escape(shown),
            verified.count
        )
    })
}

fn broken(shown: &str, path: &Path, Fault { nonce, reason }: Fault, so_far: &Verified) -> Error {
    let line = nonce + 1;
    let fields = json!({
        "ok": false,
        "file": path.to_string_lossy(),
        "nonce": nonce,
        "line": line,
        "reason": reason.as_str(),
        "count": so_far.count,
        "head": so_far.head,
    });
    let error = Error::new(
        Kind::Negative,
        reason.as_str(),
        format!("receipt {nonce} (line {line}) of `{shown}` is wrong ({reason}): {}", reason.meaning()),
    )
    .hint(format!(
        "what comes before it is right, {}; look at the file, and keep a copy of it",
        count(so_far.count, "receipt")
    ));
    match fields {
        serde_json::Value::Object(fields) => error.with_fields(fields),
        _ => error,
    }
}

fn of_file(path: &Path) -> Result<Result<Verified, (Fault, Verified)>, Error> {
    let failed = |error: &io::Error| {
        Error::failure("io", format!("cannot read `{}`: {error}", path.display()))
            .hint("name a file with a receipt on each line: `--file receipts.jsonl`")
    };
    let file = if path.as_os_str() == "-" {
        io::stdin().as_fd().try_clone_to_owned().map(File::from)
    } else {
        File::open(path)
    };
    let lines = Lines::of_file(file.map_err(|error| failed(&error))?, path.to_owned());
    let mut verifier = Verifier::new();
    for line in lines {
        if let Err(fault) = verifier.line(&line?.bytes) {
            return Ok(Err((fault, verifier.so_far().clone())));
        }
    }
    Ok(Ok(verifier.so_far().clone()))
}
