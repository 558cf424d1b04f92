//! `leash keys-report`: how many API keys the agent has, by age and state. An example of a plugin in Rust.
#![allow(clippy::print_stderr, reason = "a plugin speaks for itself")]

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use jiff::Timestamp;
use leash_api::{ApiKey, Client, ListKeys};
use leash_sdk::{Context, RemoteSigner, Signer};
use serde_json::{Value, json};

/// The most that the API shows.
const MOST: u8 = 200;

/// Ages in days, and what they are called.
const AGES: [(i64, &str); 4] =
    [(7, "under a week"), (30, "under 30 days"), (90, "under 90 days"), (i64::MAX, "90 days and over")];

/// What went wrong: code, message, hint and exit status.
struct Failure(String, String, Option<String>, u8);

const USAGE: &str = "Which of the agent's API keys are in use.\n\nUsage: leash [--json] keys-report\n";

fn main() -> ExitCode {
    // Before all else: no signer is given for this.
    if std::env::args_os().nth(1).is_some_and(|word| word == "--help" || word == "-h") {
        return write(USAGE);
    }
    let context = Context::load();
    let json = context.as_ref().is_ok_and(|context| context.global.json);
    let text = match context.map_err(Failure::from).and_then(|context| report(&context)) {
        Ok(text) => text,
        Err(Failure(code, message, hint, status)) => {
            eprintln!("error: {message}");
            hint.iter().for_each(|hint| eprintln!("hint: {hint}"));
            if json {
                let document = json!({"kind": "keys_report", "status": "error", "code": code, "message": message,
                    "hint": hint});
                let _ = writeln!(io::stdout(), "{document:#}");
            }
            return ExitCode::from(status);
        }
    };
    write(&text)
}

fn write(text: &str) -> ExitCode {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // A reader that has seen enough is no failure; a full disk is.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to stdout: {error}\nhint: check what it leads to");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn report(context: &Context) -> Result<String, Failure> {
    if let Some(argument) = env::args_os().nth(1) {
        let message = format!("`{}` is not expected", argument.display());
        return Err(Failure("usage".to_owned(), message, Some("it takes no arguments".to_owned()), 2));
    }
    let url = context.base_url()?;
    let agent = context.require_agent()?.mint.parse();
    let agent = agent.map_err(|_| leash_sdk::Error::NoAgent)?;
    let signer = RemoteSigner::new(Signer::connect()?, url)?;
    let client = Client::builder(url)?.agent(agent, Arc::new(signer)).build();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(leash_sdk::Error::from)?;
    let list = ListKeys { include_disabled: Some(true), limit: Some(MOST) };
    let page = runtime.block_on(client.list_api_keys(&list))?;
    let now = page.server_time.unwrap_or_else(Timestamp::now);
    let rows = AGES.map(|(_, age)| age).map(|age| {
        let of_age = || page.items.iter().filter(|key| age_of(key, now) == age);
        let active = of_age().filter(|key| key.is_active()).count();
        (age, active, of_age().count() - active)
    });
    let complete = page.items.len() < usize::from(MOST);
    Ok(if context.global.json { document(&rows, complete) } else { table(&rows, complete) })
}

fn age_of(key: &ApiKey, now: Timestamp) -> &'static str {
    // A key whose date can't be read is better looked at than passed over.
    let seconds = key.created().map_or(i64::MAX, |created| now.as_second() - created.as_second());
    let days = seconds / (24 * 60 * 60);
    AGES.iter().find(|(limit, _)| days < *limit).map_or(AGES[3].1, |(_, name)| name)
}

fn table(rows: &[(&str, usize, usize)], complete: bool) -> String {
    let mut text = format!("{:<18}{:>8}{:>10}\n", "age", "active", "disabled");
    for (age, active, disabled) in rows {
        text.push_str(&format!("{age:<18}{active:>8}{disabled:>10}\n"));
    }
    if !complete {
        text.push_str(&format!("only the newest {MOST} keys are counted: the API shows no more\n"));
    }
    text
}

fn document(rows: &[(&str, usize, usize)], complete: bool) -> String {
    let row = |(age, active, disabled): &(&str, usize, usize)| -> Value {
        json!({"age": age, "active": active, "disabled": disabled})
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    format!("{:#}\n", json!({"kind": "keys_report", "status": "ok", "complete": complete, "ages": rows}))
}

impl From<leash_sdk::Error> for Failure {
    fn from(error: leash_sdk::Error) -> Self {
        Self(error.code().to_owned(), error.to_string(), error.hint(), error.exit_status())
    }
}

impl From<leash_api::Error> for Failure {
    fn from(error: leash_api::Error) -> Self {
        let status = match error.code() {
            "signer_locked" => 4,
            "signer_denied_scope" | "signer_denied_consent" | "signer_quota" | "signer_expired" => 125,
            _ => 1,
        };
        Self(error.code().to_owned(), error.to_string(), error.hint(), status)
    }
}
