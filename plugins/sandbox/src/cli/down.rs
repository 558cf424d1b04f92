//! `down`: stops the server.

use std::time::{Duration, Instant};

use leash_output::{Error, Out};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::DOCUMENT;
use crate::instance::DataDir;

/// How long a server may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

pub(super) fn down(dir: &DataDir, out: Out) -> Result<(), Error> {
    let stopped = stop(dir)?;
    out.result(&json!({ "kind": DOCUMENT, "status": "ok", "stopped": stopped }), || {
        if stopped { "sandbox is down".to_owned() } else { "sandbox was not running".to_owned() }
    })
}

/// Asks the server to end, and waits until it has; false where none ran.
pub(super) fn stop(dir: &DataDir) -> Result<bool, Error> {
    let begun = Instant::now();
    let mut asked = None;
    loop {
        let Some(pid) = dir.holder()? else { return Ok(asked.is_some()) };
        if let Some(pid) = pid
            && asked != Some(pid)
        {
            ask(pid)?;
            asked = Some(pid);
        }
        if begun.elapsed() > PATIENCE {
            let pid = asked.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
            return Err(Error::failure(
                "still_running",
                format!("the server (pid `{pid}`) did not end in 10 seconds"),
            )
            .hint(format!(
                "`leash sandbox logs` shows what it does; `kill -9 {pid}` ends it, and loses nothing"
            )));
        }
        std::thread::sleep(POLL);
    }
}

fn ask(pid: u32) -> Result<(), Error> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let result = process.map_or(Err(rustix::io::Errno::SRCH), |process| kill_process(process, Signal::TERM));
    match result {
        // It ended by itself just now.
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::failure("kill", format!("cannot stop the server (pid `{pid}`): {error}"))
            .hint("stop it as the user who started it")),
    }
}
