//! Which leash this is, and which others there are.

use std::env;

use leash_output::{Error, Out, write_stdout};
use leash_protocol::PROTOCOL;
use leash_resolve::copies_of_host;
use serde_json::json;

use crate::{Host, environment::search_path};

/// One line on stdout. Where a person reads, a line on stderr says which leash this is, if there are several.
pub(crate) fn line() -> Result<(), Error> {
    write_stdout(concat!("leash ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?;
    if Out::default().is_watched()
        && let Ok(running) = Host::executable()
        && let Some(advice) = copies_of_host(&running, &search_path()).advice()
    {
        Out::default().note(&advice);
    }
    Ok(())
}

/// The version, and where `--verbose` or `--json` asks for it, where this leash lies and which others there are.
///
/// # Errors
/// Where the system doesn't say which file runs, or nobody reads.
pub fn version_details(host: &Host) -> Result<(), Error> {
    let line = format!("leash {}", Host::version());
    if !host.out.json && host.out.verbose == 0 {
        return host.out.text(&line);
    }
    let copies = copies_of_host(&Host::executable()?, &search_path());
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
