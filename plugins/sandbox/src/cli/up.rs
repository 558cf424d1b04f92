//! `up`: starts a server in the background and makes it useful.

use std::{
    borrow::Cow,
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use leash_files::Paths;
use leash_output::{Error, Out};
use serde_json::json;

use super::{
    DOCUMENT, ServerArgs, http, logs,
    seed::{self, Seed},
};
use crate::instance::{DataDir, State};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
/// A log of this size is put aside.
const MAX_LOG: u64 = 4 * 1024 * 1024;

pub(super) fn up(dir: &DataDir, args: &ServerArgs, out: Out) -> Result<(), Error> {
    let paths = Paths::from_env()?;
    // What stands in the way is found before anything is started.
    let found = seed::find(&paths)?;
    let running = wait_if_starting(dir)?;
    let is_new = running.is_none();
    let state = match running {
        Some(state) => state,
        None => {
            let _progress = out.progress("starting the sandbox");
            start(dir, args)?
        }
    };
    if !is_new && (args.strict != state.strict || args.port.is_some_and(|port| port != state.port)) {
        out.warn("the sandbox is up already, with other options; `leash sandbox down` first to change them");
    }
    let seed = seed::plant(dir, &paths, found, &state)?;
    report(dir, &state, &seed, is_new, out)
}

fn report(dir: &DataDir, state: &State, seed: &Seed, is_new: bool, out: Out) -> Result<(), Error> {
    let document = json!({
        "kind": DOCUMENT,
        "status": "ok",
        "url": state.url(),
        "agent": seed::AGENT,
        "agent_mint": seed.mint,
        "executive_pubkey": seed.executive,
        "pid": state.pid,
        "data_dir": dir.path(),
        "strict": state.strict,
        "started": is_new,
    });
    out.result(&document, || {
        let again = if is_new { "up" } else { "already up" };
        let strict = if state.strict { ", strict" } else { "" };
        format!(
            "sandbox is {again} at {url} (pid {pid}{strict})\n  agent:    {agent} ({mint})\n  data:     {data}\n\nTry it:\n  \
             leash --agent {agent} api-key create --label \"local runtime\"\nOr make it the agent of every command:\n  \
             leash agent use {agent}\n",
            url = state.url(),
            pid = state.pid,
            agent = seed::AGENT,
            mint = seed.mint,
            data = Paths::display(dir.path()),
        )
    })
}

/// The server that runs, once it answers; `None` where none does.
fn wait_if_starting(dir: &DataDir) -> Result<Option<State>, Error> {
    let begun = Instant::now();
    while dir.holder()?.is_some() {
        match dir.living()? {
            Some(state) if http::is_healthy(state.port) => return Ok(Some(state)),
            _ if begun.elapsed() > PATIENCE => {
                return Err(Error::failure("no_answer", "a server holds the data but does not answer")
                    .hint("`leash sandbox down` stops it, `leash sandbox logs` shows what it did"));
            }
            _ => std::thread::sleep(POLL),
        }
    }
    Ok(None)
}

fn start(dir: &DataDir, args: &ServerArgs) -> Result<State, Error> {
    dir.create()?;
    put_old_log_aside(dir)?;
    // What the server itself says begins here.
    let log_start = fs::metadata(dir.log()).map_or(0, |log| log.len());
    let mut child = spawn(dir, args)?;
    let begun = Instant::now();
    loop {
        if let Some(state) = dir.living()?.filter(|state| state.pid == child.id())
            && http::is_healthy(state.port)
        {
            return Ok(state);
        }
        let ended =
            child.try_wait().map_err(|error| Error::failure("server", format!("cannot wait: {error}")))?;
        if ended.is_some() {
            // Someone else may have been faster.
            return wait_if_starting(dir)?
                .ok_or_else(|| failed_to_start(dir, log_start, "the server ended before it answered"));
        }
        if begun.elapsed() > PATIENCE {
            end(&child);
            return Err(failed_to_start(dir, log_start, "the server did not answer within 10 seconds"));
        }
        std::thread::sleep(POLL);
    }
}

fn put_old_log_aside(dir: &DataDir) -> Result<(), Error> {
    let path = dir.log();
    if fs::metadata(&path).is_ok_and(|log| log.len() > MAX_LOG) {
        fs::rename(&path, path.with_extension("log.1"))
            .map_err(|error| Error::io("rename", &path, &error))?;
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the server is started without any variable of leash")]
fn spawn(dir: &DataDir, args: &ServerArgs) -> Result<Child, Error> {
    let path = dir.log();
    let failed = |error: std::io::Error| Error::io("write", &path, &error);
    let log: File = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
    let program = std::env::current_exe()
        .map_err(|error| Error::failure("server", format!("cannot find this program: {error}")))?;
    let mut command = Command::new(&program);
    command
        .args(["run", "--detached", "--rate-limit", &args.rate_limit.to_string()])
        .arg("--data")
        .arg(dir.path());
    if let Some(port) = args.port {
        command.args(["--port", &port.to_string()]);
    }
    if args.strict {
        command.arg("--strict");
    }
    // The server outlives the command that started it, and must know nothing of that command's agent.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LEASH_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log)
        .spawn()
        .map_err(|error| Error::io("run", &program, &error))
}

fn end(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// With what the server said last, which is why.
fn failed_to_start(dir: &DataDir, log_start: u64, what: &str) -> Error {
    let lines = logs::since(dir, log_start).unwrap_or_default();
    let said = |label: &str| lines.iter().rev().find_map(|line| line.strip_prefix(label));
    let message = match (said("error: "), lines.last()) {
        (Some(reason), _) => format!("{what}: {reason}"),
        (None, Some(last)) => format!("{what}; its log ends with `{last}`"),
        (None, None) => format!("{what}, and said nothing"),
    };
    let unknown = Cow::Borrowed("`leash sandbox run` shows it in the foreground");
    Error::failure("server", message).hint(said("hint: ").map_or(unknown, |hint| Cow::Owned(hint.to_owned())))
}
