//! `leash @NAME@`: how many API keys the agent has.
//!
//! Exit status: 0 done, 1 it failed, 4 no agent, 125 not granted.
#![allow(clippy::print_stderr, reason = "a plugin speaks for itself")]

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use leash_api::{Client, ListKeys};
use leash_sdk::{Context, RemoteSigner, Signer};
use serde_json::json;

const USAGE: &str = "How many API keys the agent has.\n\nUsage: leash [--json] @NAME@\n";

/// What went wrong: a message, a hint and an exit status.
struct Failure(String, Option<String>, u8);

fn main() -> ExitCode {
    // Before all else: no signer is given for this.
    let done = if std::env::args_os().nth(1).is_some_and(|word| word == "--help" || word == "-h") {
        write(USAGE)
    } else {
        Context::load().map_err(Failure::from).and_then(|context| run(&context))
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message, hint, status)) => {
            eprintln!("error: {message}");
            if let Some(hint) = hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(status)
        }
    }
}

fn run(context: &Context) -> Result<(), Failure> {
    let count = count(context)?;
    let text = if context.global.json {
        format!("{:#}\n", json!({"kind": "@KIND@", "status": "ok", "api_keys": count}))
    } else {
        format!("{count} API key{}\n", if count == 1 { "" } else { "s" })
    };
    write(&text)
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure(format!("cannot write to stdout: {error}"), None, 1)),
        Ok(()) => Ok(()),
    }
}

/// What this plugin is about: change it.
fn count(context: &Context) -> Result<usize, Failure> {
    let url = context.base_url()?;
    let agent = context.require_agent()?.mint.parse().map_err(|_| leash_sdk::Error::NoAgent)?;
    let signer = RemoteSigner::new(Signer::connect()?, url)?;
    let client = Client::builder(url)?.agent(agent, Arc::new(signer)).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let list = ListKeys { limit: Some(200), ..ListKeys::default() };
    let page = runtime.map_err(leash_sdk::Error::from)?.block_on(client.list_api_keys(&list))?;
    Ok(page.items.len())
}

impl From<leash_sdk::Error> for Failure {
    fn from(error: leash_sdk::Error) -> Self {
        Self(error.to_string(), error.hint(), error.exit_status())
    }
}

impl From<leash_api::Error> for Failure {
    fn from(error: leash_api::Error) -> Self {
        let status = match error.code() {
            "signer_locked" => 4,
            "signer_denied_scope" | "signer_denied_consent" | "signer_quota" | "signer_expired" => 125,
            _ => 1,
        };
        Self(error.to_string(), error.hint(), status)
    }
}
